import { FactorportError } from '../../errors/error.ts';

/** Texts by their number, in a few buffers instead of one string each: workbooks have millions of them. */
export interface TextList {
  readonly length: number;
  add(text: string): void;
  /** @returns `undefined` where there is no such number */
  get(index: number): string | undefined;
}

const MAXIMUM_BYTES = 128 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;
const FIRST_TEXTS = 4 * 1024;

/** @throws `source_too_large` from `add` where the texts exceed 128 MiB */
export function createTextList(): TextList {
  let bytes = Buffer.alloc(FIRST_BYTES);
  let ends = new Uint32Array(FIRST_TEXTS);
  let length = 0;
  let used = 0;
  return {
    get length() {
      return length;
    },
    add(text) {
      const size = Buffer.byteLength(text);
      if (used + size > MAXIMUM_BYTES) {
        throw new FactorportError('source_too_large', { parameters: { limit: '128 MiB' } });
      }
      if (used + size > bytes.length) {
        const larger = Buffer.alloc(Math.max(bytes.length * 2, used + size));
        larger.set(bytes.subarray(0, used));
        bytes.fill(0);
        bytes = larger;
      }
      if (length === ends.length) {
        const more = new Uint32Array(length * 2);
        more.set(ends);
        ends = more;
      }
      bytes.write(text, used);
      used += size;
      ends[length++] = used;
    },
    get(index) {
      if (!Number.isInteger(index) || index < 0 || index >= length) return undefined;
      return bytes.toString('utf8', index === 0 ? 0 : ends[index - 1], ends[index]);
    },
  };
}
