import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { FactorportError } from '../errors/error.ts';
import { errorEnvelope } from './answer.ts';

/** Answers bytes that are not HTTP (two lengths, a broken header) before any route is known, in the usual envelope. */
export function handleClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(errorEnvelope(new FactorportError('bad_request'), randomUUID(), 'zh'));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
