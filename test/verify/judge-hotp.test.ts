import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALGORITHMS, MAXIMUM_COUNTER } from '../../src/otp/parameters.ts';
import { judgeCode, RESYNC_COUNTERS } from '../../src/verify/judge.ts';
import { acceptedChange, changed, hotp, judge, judgeTwo, NOW, RFC_CODES, RFC_SEED } from './judged.ts';

const outcome = (counter: number, given: number, lookAhead: number) =>
  judge(hotp(counter), given, { lookAhead }).outcome;

describe('a HOTP code', () => {
  it('is accepted one after the other, as RFC 4226 appendix D lists them, each once', () => {
    let factor = hotp(0);
    for (const [counter, code] of RFC_CODES.entries()) {
      const look = { steps: 1, lookAhead: 0 };
      factor = changed(factor, acceptedChange(judgeCode(factor, RFC_SEED, code, NOW, look)));
      expect(factor.counter).toBe(counter + 1);
      expect(judgeCode(factor, RFC_SEED, code, NOW, look).outcome).toBe('replayed');
    }
  });

  it.each([0, 1, 10, 100])(
    'is accepted from the expected counter to %i ahead, both included, and no further',
    (ahead) => {
      expect(outcome(500, 500, ahead)).toBe('accepted');
      expect(outcome(500, 500 + ahead, ahead)).toBe('accepted');
      expect(outcome(500, 500 + ahead + 1, ahead)).toBe('wrong');
    },
  );

  it('is replayed where it is the one just used, and wrong where it is older', () => {
    expect([500, 499, 498, 497].map((given) => outcome(500, given, 10))).toEqual([
      'accepted',
      'replayed',
      'wrong',
      'wrong',
    ]);
  });

  it('cannot be replayed before any was used', () => {
    for (let ahead = 0; ahead <= 10; ahead++) expect(outcome(0, ahead, 10)).toBe('accepted');
    expect(outcome(0, 11, 10)).toBe('wrong');
  });

  it('uses up every counter up to its own, and neither steps nor drift', () => {
    const factor = hotp(7, { failures: 3, throttled_until: 5, last_step: -1 });
    expect(acceptedChange(judge(factor, 12))).toEqual({
      lastStep: -1,
      counter: 13,
      driftSteps: 0,
      failures: 0,
      throttledUntil: 0,
      lastUsedAt: NOW,
    });
  });

  it('does not depend on the time', () => {
    for (const now of [0, 1, NOW, 8.64e15]) expect(judge(hotp(3), 3, { now }).outcome).toBe('accepted');
  });

  it('is judged right for every algorithm, length and counter that may be imported', () => {
    const counters = fc.integer({ min: 0, max: MAXIMUM_COUNTER });
    const digits = fc.integer({ min: 6, max: 8 });
    const windows = fc.integer({ min: 0, max: 10 });
    fc.assert(
      fc.property(counters, digits, fc.constantFrom(...ALGORITHMS), windows, windows, (counter, length, ...rest) => {
        const [algorithm, lookAhead, ahead] = rest;
        const factor = hotp(counter, { algorithm, digits: length });
        const judgement = judge(factor, counter + ahead, { lookAhead });
        // Codes repeat by chance, so that another counter of the window may have the same.
        if (ahead <= lookAhead) expect(judgement.outcome).not.toBe('wrong');
        if (judgement.outcome !== 'accepted') return;
        expect(judgement.change.counter).toBeGreaterThan(counter);
        expect(judgement.change.counter).toBeLessThanOrEqual(counter + lookAhead + 1);
      }),
    );
  });
});

describe('two HOTP codes in a row', () => {
  it('bring a token back that is up to 1000 ahead, and none further', () => {
    for (const ahead of [0, 1, 11, 999, RESYNC_COUNTERS]) {
      const change = acceptedChange(judgeTwo(hotp(40), 40 + ahead, 41 + ahead));
      expect(change.counter).toBe(42 + ahead);
    }
    expect(RESYNC_COUNTERS).toBe(1000);
    expect(judgeTwo(hotp(40), 1041, 1042).outcome).toBe('wrong');
  });

  it('are both used up', () => {
    const factor = changed(hotp(0), acceptedChange(judgeTwo(hotp(0), 300, 301)));
    expect([300, 301, 302].map((given) => judge(factor, given).outcome)).toEqual(['wrong', 'replayed', 'accepted']);
    expect(judgeTwo(factor, 300, 301).outcome).toBe('wrong');
  });

  it('are refused where one was used, in the wrong order, across a gap, and twice the same', () => {
    for (const [first, second] of [
      [39, 40],
      [38, 39],
      [51, 50],
      [50, 52],
      [50, 50],
    ] as const) {
      expect(judgeTwo(hotp(40), first, second).outcome).toBe('wrong');
    }
  });
});
