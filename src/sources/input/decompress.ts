import { pipeline, Readable, type Transform } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { FactorportError } from '../../errors/error.ts';
import type { LocalText } from '../../language.ts';
import type { UnwrapLimits } from './unwrap.ts';

/** Text of a small export may be packed well; only beyond this does the ratio say something. */
export const RATIO_FROM_BYTES = 1024 * 1024;

/** Parameters of `source_damaged` for packed bytes that are cut or changed. */
export const DAMAGED = {
  place: { en: 'its packed form', zh: '压缩数据' },
  what: { en: 'the compressed data is damaged or cut off', zh: '压缩数据损坏或不完整' },
} as const;

/**
 * Passes packed bytes through a decompressor, no faster than they are taken.
 *
 * @param damaged the error for what the decompressor refuses; errors of reading the bytes are passed on as they are
 * @param total what was read of the file before, where this is a part of it
 * @throws `source_too_large` as soon as a limit is exceeded
 */
export async function* decompress(
  packed: AsyncIterable<Uint8Array>,
  decompressor: Transform,
  limits: UnwrapLimits,
  damaged: () => FactorportError,
  total = { bytes: 0, packedBytes: 0 },
): AsyncGenerator<Uint8Array, void, undefined> {
  let readingError: { readonly error: unknown } | undefined;
  async function* counted() {
    try {
      for await (const chunk of packed) {
        total.packedBytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      readingError = { error };
      throw error;
    }
  }
  // Its outcome is that of the decompressor, which is read here.
  pipeline(Readable.from(counted()), decompressor, () => {});
  try {
    for await (const chunk of decompressor as AsyncIterable<Buffer>) {
      total.bytes += chunk.length;
      checkLimits(total.bytes, total.packedBytes, limits);
      yield chunk;
    }
  } catch (error) {
    if (readingError !== undefined) throw readingError.error;
    if (error instanceof FactorportError) throw error;
    throw damaged();
  } finally {
    decompressor.destroy();
  }
}

/**
 * The same for zstd, of which a file may hold several frames (RFC 8878 §3), as `pzstd`, `cat` and logs that are added to write
 * them. Node.js ends after the first one, if the next begins in the same piece of the file.
 *
 * @throws as {@link decompress}; what follows a frame and is none is damage
 */
export async function* decompressZstd(
  packed: AsyncIterable<Uint8Array>,
  limits: UnwrapLimits,
  damaged: () => FactorportError,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = createRereader(packed);
  const total = { bytes: 0, packedBytes: 0 };
  try {
    do {
      const decompressor = createZstdDecompress();
      yield* decompress(
        source.read(() => decompressor.bytesWritten),
        decompressor,
        limits,
        damaged,
        total,
      );
      source.rewind(decompressor.bytesWritten);
    } while (await source.hasMore());
  } finally {
    await source.close();
  }
}

/** Bytes of which some are read again: those that a decompressor has been given and not taken. */
function createRereader(bytes: AsyncIterable<Uint8Array>) {
  const iterator = bytes[Symbol.asyncIterator]();
  let again: Uint8Array[] = [];
  /** What was given since the last rewinding, from the position `start` of it on. */
  let given: Uint8Array[] = [];
  let start = 0;
  const next = async (): Promise<Uint8Array | undefined> => {
    const chunk = again.shift();
    if (chunk !== undefined) return chunk;
    const { done, value } = await iterator.next();
    return done === true ? undefined : Uint8Array.from(value);
  };
  const forget = (taken: number): void => {
    while (given[0] !== undefined && start + given[0].length <= taken) start += given.shift()?.length ?? 0;
  };
  return {
    /** @param taken how many of the bytes given here were used so far */
    async *read(taken: () => number): AsyncGenerator<Uint8Array, void, undefined> {
      for (let chunk = await next(); chunk !== undefined; chunk = await next()) {
        forget(taken());
        given.push(chunk);
        yield chunk;
      }
    },
    rewind(taken: number): void {
      forget(taken);
      const [first, ...others] = given;
      again = [...(first === undefined ? [] : [first.subarray(taken - start)]), ...others, ...again];
      given = [];
      start = 0;
    },
    async hasMore(): Promise<boolean> {
      const chunk = await next();
      if (chunk === undefined) return false;
      again.unshift(chunk);
      return chunk.length > 0 || this.hasMore();
    },
    async close(): Promise<void> {
      await iterator.return?.();
    },
  };
}

/** @throws `source_too_large` */
export function checkLimits(bytes: number, packedBytes: number, limits: UnwrapLimits): void {
  if (bytes > limits.maximumBytes) throw tooLarge(sizeText(limits.maximumBytes));
  if (bytes > RATIO_FROM_BYTES && bytes > packedBytes * limits.maximumRatio) {
    const { maximumRatio } = limits;
    throw tooLarge({ en: `${maximumRatio} times its packed size`, zh: `压缩后大小的 ${maximumRatio} 倍` });
  }
}

export function archiveError(what: LocalText): FactorportError {
  return new FactorportError('source_archive', { parameters: { what } });
}

function tooLarge(limit: LocalText | string): FactorportError {
  return new FactorportError('source_too_large', { parameters: { limit } });
}

function sizeText(bytes: number): string {
  if (bytes >= 1024 ** 3) return `${Math.floor(bytes / 1024 ** 3)} GiB`;
  return bytes >= 1024 ** 2 ? `${Math.floor(bytes / 1024 ** 2)} MiB` : `${Math.floor(bytes / 1024)} KiB`;
}
