import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FactorportError } from '../../errors/error.ts';
import type { LocalFile } from './jobs-client.ts';

/**
 * A file to upload; `-` is standard input. Reading it ends when the signal is aborted.
 *
 * @param onRead told how many bytes were read so far
 * @throws `file_unreadable`; while it is read also `upload_interrupted`
 */
export async function localFile(
  path: string,
  signal: AbortSignal,
  onRead: (bytes: number) => void = () => undefined,
): Promise<LocalFile> {
  const isInput = path === '-';
  const about = isInput ? undefined : await readable(path, stat(path));
  if (about?.isDirectory()) throw unreadable(path, { code: 'EISDIR' });
  return {
    name: isInput ? 'stdin' : basename(path),
    bytes: about?.isFile() ? about.size : undefined,
    async *open() {
      let read = 0;
      const stream = isInput ? process.stdin : createReadStream(path);
      const pieces: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
      try {
        for (;;) {
          const { done, value: piece } = await unlessAborted(signal, pieces.next());
          if (done) return;
          yield piece;
          read += piece.length;
          onRead(read);
        }
      } catch (error) {
        throw error instanceof FactorportError ? error : unreadable(path, error);
      } finally {
        stream.destroy();
      }
    },
  };
}

/** Does not wait for whoever was to write into a pipe, and is silent. */
async function unlessAborted<Result>(signal: AbortSignal, promise: Promise<Result>): Promise<Result> {
  const { promise: either, resolve, reject } = Promise.withResolvers<Result>();
  const stop = () => reject(new FactorportError('upload_interrupted'));
  signal.addEventListener('abort', stop);
  promise.then(resolve, reject);
  if (signal.aborted) stop();
  try {
    return await either;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function readable<Result>(path: string, work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    throw unreadable(path, error);
  });
}

function unreadable(path: string, error: unknown): FactorportError {
  const { code, message } = error as NodeJS.ErrnoException;
  const parameters = { path, reason: code ?? message };
  return new FactorportError('file_unreadable', { parameters, cause: error });
}
