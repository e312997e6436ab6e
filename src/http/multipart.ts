import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { FactorportError } from '../errors/error.ts';

export interface MultipartPart {
  readonly name: string;
  readonly fileName: string | undefined;
  /** To be read to its end before the next part comes. */
  readonly bytes: Readable;
}

/** Options and two files are all that anybody sends. */
const MAXIMUM_PARTS = 8;

/**
 * Reads a body of multipart/form-data (RFC 7578) part by part, holding nothing back.
 *
 * @param onPart takes each part in turn; the next one waits for it
 * @throws `upload_incomplete` where the body ends before its last boundary; `bad_request` where it is no such body; what
 *   `onPart` and the body throw
 */
export async function readMultipart(
  contentType: string,
  body: AsyncIterable<Uint8Array>,
  onPart: (part: MultipartPart) => Promise<void>,
): Promise<void> {
  const parser = createParser(contentType);
  let taken: Promise<void> = Promise.resolve();
  let current: Readable | undefined;
  parser.on('file', (name, bytes, fileName) => {
    current = bytes;
    // A short part is here whole before the one in front of it is taken.
    taken = taken.then(() => onPart({ name, fileName: fileName || undefined, bytes }));
    taken.catch((error: unknown) => {
      bytes.resume();
      parser.destroy(error as Error);
    });
  });
  try {
    await pipeline(Readable.from(body), parser).catch((error: unknown) => {
      current?.destroy(asRefusal(error));
      return taken.then(() => Promise.reject(error));
    });
    await taken;
  } catch (error) {
    throw asRefusal(error);
  }
}

function createParser(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType } as BusboyHeaders,
      limits: { parts: MAXIMUM_PARTS },
      isPartAFile: () => true,
    });
  } catch (error) {
    throw new FactorportError('bad_request', { cause: error });
  }
}

function asRefusal(error: unknown): Error {
  if (error instanceof FactorportError) return error;
  const { message = '' } = error as Error;
  if (/unexpected end|premature|part terminated early/i.test(message)) {
    return new FactorportError('upload_incomplete', { cause: error });
  }
  return error as Error;
}
