import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { FactorportError } from '../errors/error.ts';
import { errorEnvelope } from './answer.ts';

/**
 * Answers, in the usual envelope, what is refused before any route is known: bytes that are not HTTP (two lengths, a
 * broken header), and an `Expect` other than `100-continue`.
 */
export function createClientErrorHandlers(logger: FastifyBaseLogger) {
  function refuse(reason: string | undefined, address: string | undefined) {
    const requestId = randomUUID();
    logger.info({ requestId, address, error: 'bad_request', reason }, 'request');
    const body = JSON.stringify(errorEnvelope(new FactorportError('bad_request'), requestId, 'zh'));
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'x-request-id': requestId,
      connection: 'close',
    };
    return { body, headers };
  }

  return {
    handleClientError(error: Error & { code?: string }, socket: Socket): void {
      if (error.code === 'ECONNRESET' || !socket.writable) {
        socket.destroy();
        return;
      }
      const { body, headers } = refuse(error.code, socket.remoteAddress);
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.join('')}\r\n${body}`);
    },
    refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
      const { body, headers } = refuse('expectation', request.socket.remoteAddress);
      response.writeHead(400, headers).end(body);
    },
  };
}
