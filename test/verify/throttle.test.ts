import { describe, expect, it } from 'vitest';
import { LOCKED_UNTIL } from '../../src/factors/factor-state.ts';
import { MAXIMUM_FAILURES, throttledUntil } from '../../src/verify/throttle.ts';

const NOW = 1_795_360_384_000;
/** In seconds; nothing to wait for counts as 0. */
const delays = Array.from({ length: 99 }, (_, index) => Math.max(0, throttledUntil(index + 1, NOW) - NOW) / 1000);

describe('throttle', () => {
  it('forgives three wrong codes, then doubles the delay from one second up to 15 minutes', () => {
    expect(delays.slice(0, 15)).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    expect(delays.slice(15).every((delay) => delay === 900)).toBe(true);
  });

  it('never lets a delay become shorter with more failures', () => {
    expect(delays).toEqual(delays.toSorted((left, right) => left - right));
  });

  it('ends at 100 wrong codes in a row, as NIST SP 800-63B asks, for good', () => {
    expect(MAXIMUM_FAILURES).toBe(100);
    for (const failures of [100, 101, 1e9]) expect(throttledUntil(failures, NOW)).toBe(LOCKED_UNTIL);
    expect(LOCKED_UNTIL).toBeGreaterThan(8.64e15);
    expect(Number.isSafeInteger(LOCKED_UNTIL)).toBe(true);
  });
});
