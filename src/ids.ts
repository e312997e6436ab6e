import { randomFillSync } from 'node:crypto';

const RANDOM_BYTES = 8;
const pool = Buffer.alloc(RANDOM_BYTES * 1024);
let taken = pool.length;

/**
 * A new identifier: 24 lower-case hex digits, the first 8 of them the time in seconds, so that rows made together stand
 * together, and 64 random bits.
 */
export function newId(timeMs: number): string {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  const random = pool.toString('hex', taken, taken + RANDOM_BYTES);
  taken += RANDOM_BYTES;
  return (
    Math.floor(timeMs / 1000)
      .toString(16)
      .padStart(8, '0') + random
  );
}
