import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeHotp, findConsecutive, findMatchingCounter } from '../../src/otp/hotp.ts';
import type { OtpParameters } from '../../src/otp/parameters.ts';
import { Seed } from '../../src/otp/seed.ts';
import { hotpParameters, seeds } from './arbitraries.ts';

/** Of RFC 4226, appendix D: the codes of counters 0 to 9. */
const RFC = JSON.parse(readFileSync(new URL('vectors/rfc4226.json', import.meta.url), 'utf8')) as {
  readonly seedAscii: string;
  readonly values: readonly { readonly counter: number; readonly code: string }[];
};
const RFC_SEED = new Seed(Buffer.from(RFC.seedAscii));
const SIX: OtpParameters = { type: 'hotp', algorithm: 'SHA1', digits: 6, periodSeconds: 0 };

const counters = fc.integer({ min: 50, max: 2 ** 52 });
const offsets = fc.integer({ min: -40, max: 40 });
const lengths = fc.integer({ min: 0, max: 20 });

const codesOf = (seed: Seed, { algorithm, digits }: OtpParameters, first: number, count: number) =>
  Array.from({ length: count }, (_, index) => computeHotp(seed, first + index, algorithm, digits));

describe('the counter of a code', () => {
  it.each(RFC.values)('is $counter for $code, as RFC 4226 appendix D has it', ({ counter, code }) => {
    expect(findMatchingCounter(RFC_SEED, code, SIX, 0, 9)).toBe(counter);
    expect(findMatchingCounter(RFC_SEED, code, SIX, counter, counter)).toBe(counter);
    expect(findMatchingCounter(RFC_SEED, code, SIX, counter + 1, 9)).toBeUndefined();
    expect(findMatchingCounter(RFC_SEED, code, SIX, 0, counter - 1)).toBeUndefined();
  });

  it('is the lowest of the range that has it, and none outside the range is found', () => {
    fc.assert(
      fc.property(seeds, hotpParameters, counters, offsets, lengths, (seed, parameters, first, offset, length) => {
        const [code = ''] = codesOf(seed, parameters, first + offset, 1);
        const place = codesOf(seed, parameters, first, length + 1).indexOf(code);
        const found = findMatchingCounter(seed, code, parameters, first, first + length);
        expect(found).toBe(place < 0 ? undefined : first + place);
        if (offset >= 0 && offset <= length) expect(found).toBeLessThanOrEqual(first + offset);
      }),
    );
  });

  it('is never below 0', () => {
    expect(findMatchingCounter(RFC_SEED, '755224', SIX, -1, 10)).toBe(0);
    expect(findMatchingCounter(RFC_SEED, '755224', SIX, -5, -1)).toBeUndefined();
  });
});

describe('two consecutive codes', () => {
  const range = (first: number, last: number, nearest: number) => ({ first, last, nearest });
  const rfc = (counter: number) => RFC.values[counter]?.code as string;

  it('are found wherever the first of them lies in the range, its ends included', () => {
    for (let counter = 0; counter < 9; counter++) {
      const pair = [rfc(counter), rfc(counter + 1)] as const;
      expect(findConsecutive(RFC_SEED, pair, SIX, range(0, 8, 0))).toBe(counter);
      expect(findConsecutive(RFC_SEED, pair, SIX, range(counter, counter, 0))).toBe(counter);
      expect(findConsecutive(RFC_SEED, pair, SIX, range(counter + 1, 20, 0))).toBeUndefined();
      expect(findConsecutive(RFC_SEED, pair, SIX, range(-5, counter - 1, 0))).toBeUndefined();
    }
  });

  it('are not found across a gap, in the wrong order, or where one is given twice', () => {
    for (const [first, second] of [
      [1, 3],
      [3, 7],
      [2, 1],
      [7, 3],
      [4, 4],
    ] as const) {
      expect(findConsecutive(RFC_SEED, [rfc(first), rfc(second)], SIX, range(0, 9, 0))).toBeUndefined();
    }
  });

  it('are found by no half: one right and one wrong code are nothing', () => {
    for (const pair of [
      [rfc(2), '000000'],
      ['000000', rfc(3)],
    ] as const) {
      expect(findConsecutive(RFC_SEED, pair, SIX, range(0, 9, 0))).toBeUndefined();
    }
  });

  it('are found exactly, for any seed, parameters and place', () => {
    fc.assert(
      fc.property(seeds, hotpParameters, counters, offsets, lengths, (seed, parameters, first, offset, length) => {
        const [one = '', two = ''] = codesOf(seed, parameters, first + offset, 2);
        const all = codesOf(seed, parameters, first, length + 2);
        const places = all.flatMap((code, place) => (code === one && all[place + 1] === two ? [place] : []));
        const nearest = first + Math.floor(length / 2);
        const found = findConsecutive(seed, [one, two], parameters, range(first, first + length, nearest));
        if (places.length === 0) expect(found).toBeUndefined();
        else expect(places).toContain((found as number) - first);
        const distance = Math.abs((found ?? nearest) - nearest);
        for (const place of places) expect(distance).toBeLessThanOrEqual(Math.abs(first + place - nearest));
      }),
    );
  });

  it('are the pair that is nearest, where chance repeats them', () => {
    // Codes of one digit repeat, which those of six do not within a test's time.
    const short = { ...SIX, digits: 1 };
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 300 }), (seed, nearest) => {
        const all = codesOf(seed, short, 0, 302);
        const pair = [all[150] as string, all[151] as string] as const;
        const places = all
          .slice(0, -1)
          .flatMap((code, at) => (code === pair[0] && all[at + 1] === pair[1] ? [at] : []));
        const found = findConsecutive(seed, pair, short, range(0, 300, nearest)) as number;
        expect(places).toContain(found);
        expect(Math.abs(found - nearest)).toBe(Math.min(...places.map((place) => Math.abs(place - nearest))));
      }),
      { numRuns: 20 },
    );
  });
});
