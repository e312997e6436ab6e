import type { SourceInput } from '../../../src/sources/source.ts';

/** A file of these bytes, cut into pieces of the lengths that `nextLength` gives; whole by default. */
export function inputOf(bytes: string | Uint8Array, nextLength?: () => number): SourceInput {
  const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  return {
    async *open() {
      if (nextLength === undefined) {
        if (all.length > 0) yield all;
        return;
      }
      for (let start = 0; start < all.length; ) {
        const end = Math.min(all.length, start + Math.max(1, nextLength()));
        yield all.subarray(start, end);
        start = end;
      }
    },
  };
}

/** Draws whole numbers from 0 to `limit` - 1, the same ones for the same seed (mulberry32). */
export function createRandom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, limit);
  };
}
