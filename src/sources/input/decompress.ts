import { pipeline, Readable, type Transform } from 'node:stream';
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
 * @throws `source_too_large` as soon as a limit is exceeded
 */
export async function* decompress(
  packed: AsyncIterable<Uint8Array>,
  decompressor: Transform,
  limits: UnwrapLimits,
  damaged: () => FactorportError,
): AsyncGenerator<Uint8Array, void, undefined> {
  let packedBytes = 0;
  let readingError: { readonly error: unknown } | undefined;
  async function* counted() {
    try {
      for await (const chunk of packed) {
        packedBytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      readingError = { error };
      throw error;
    }
  }
  let bytes = 0;
  // Its outcome is that of the decompressor, which is read here.
  pipeline(Readable.from(counted()), decompressor, () => {});
  try {
    for await (const chunk of decompressor as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      checkLimits(bytes, packedBytes, limits);
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
