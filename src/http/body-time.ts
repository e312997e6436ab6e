import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { FactorportError } from '../errors/error.ts';

/** Longer than a slow upload of the largest import takes; shorter than a connection held open to do harm. */
const WHOLE_BODY_MS = 300_000;
/** An upload may take hours, but not without a byte. */
const IDLE_UPLOAD_MS = 60_000;
/** A refused client that is still sending gets so long to read its answer. */
const LINGER_MS = 5_000;

/** Ends a request whose body is not here after five minutes. Node's own limit cannot leave out the uploads. */
export function limitBodyTime(request: IncomingMessage, onTimeout: (error: Error, socket: Socket) => void): void {
  if (request.complete || !announcesBody(request)) return;
  const timer = setTimeout(() => {
    const error = Object.assign(new Error('body timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    onTimeout(error, request.socket);
  }, WHOLE_BODY_MS).unref();
  request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}

/**
 * The bytes of an upload as they come, as fast as they are taken.
 *
 * @throws `upload_incomplete` where the client breaks off, or sends nothing for a minute
 */
export async function* readUpload(request: Readable): AsyncGenerator<Uint8Array, void, void> {
  const timer = setTimeout(() => request.destroy(new Error('idle')), IDLE_UPLOAD_MS).unref();
  try {
    // A refusal in the middle must not close the connection before its answer is out.
    for await (const bytes of request.iterator({ destroyOnReturn: false })) {
      yield bytes as Uint8Array;
      timer.refresh();
    }
  } catch (error) {
    throw new FactorportError('upload_incomplete', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Lets a client that was answered before its upload was read find the answer: a connection closed at once would be reset,
 * and the answer lost with it. What still comes is thrown away, for some seconds.
 */
export function lingerOver(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
  request.resume();
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
