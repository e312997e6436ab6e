import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALGORITHMS, type Algorithm } from '../../src/otp/parameters.ts';
import { Seed } from '../../src/otp/seed.ts';
import { timeStepAt } from '../../src/otp/totp.ts';
import { type JudgedFactor, judgeCode } from '../../src/verify/judge.ts';
import { acceptedChange, changed, codeOf, judge, NOW, PERIOD_MS, RFC_SEED, STEP, totp } from './judged.ts';

interface Vectors {
  readonly seedsAscii: Readonly<Record<Algorithm, string>>;
  readonly values: readonly { seconds: number; algorithm: Algorithm; code: string }[];
}

const RFC = JSON.parse(readFileSync(new URL('../otp/vectors/rfc6238.json', import.meta.url), 'utf8')) as Vectors;

const combinations = ALGORITHMS.flatMap((algorithm) =>
  [6, 7, 8].flatMap((digits) => [5, 30, 60, 300].map((period) => [algorithm, digits, period] as const)),
);

describe('a TOTP code', () => {
  it.each(RFC.values)('$code of RFC 6238 appendix B is accepted at $seconds s with $algorithm', (vector) => {
    const factor = totp({ algorithm: vector.algorithm, digits: 8 });
    const seed = new Seed(Buffer.from(RFC.seedsAscii[vector.algorithm]));
    const windows = { steps: 0, lookAhead: 0 };
    const judgement = judgeCode(factor, seed, vector.code, vector.seconds * 1000, windows);
    expect(acceptedChange(judgement).lastStep).toBe(timeStepAt(vector.seconds * 1000, 30));
  });

  it.each(combinations)('of %s, %i digits and %i s is accepted in its window and not beside it', (...drawn) => {
    const [algorithm, digits, period] = drawn;
    const factor = totp({ algorithm, digits, period_seconds: period });
    const current = 40_000;
    for (const steps of [0, 1, 2]) {
      for (let offset = -4; offset <= 4; offset++) {
        const now = current * period * 1000;
        for (const instant of [now, now + period * 1000 - 1]) {
          const { outcome } = judge(factor, current + offset, { now: instant, steps });
          expect({ steps, offset, outcome }).toEqual({
            steps,
            offset,
            outcome: Math.abs(offset) <= steps ? 'accepted' : 'wrong',
          });
        }
      }
    }
  });

  it('is wrong with a digit less or more, whatever its value', () => {
    const factor = totp();
    const code = codeOf(factor, STEP);
    for (const text of [code.slice(1), `0${code}`, `${code}0`, '', ' ', '-']) {
      const windows = { steps: 1, lookAhead: 10 };
      expect(judgeCode(factor, RFC_SEED, text, NOW, windows).outcome).toBe('wrong');
    }
  });

  it('is replayed at the last accepted step and before it, and accepted after it', () => {
    const factor = totp({ last_step: STEP });
    expect([STEP - 1, STEP, STEP + 1].map((step) => judge(factor, step).outcome)).toEqual([
      'replayed',
      'replayed',
      'accepted',
    ]);
  });

  it('is judged in the first steps after 1970 as well: there is none before', () => {
    expect(judge(totp(), 0, { now: 0, steps: 2 }).outcome).toBe('accepted');
    expect(judge(totp(), 1, { now: 0, steps: 2 }).outcome).toBe('accepted');
  });
});

describe('drift', () => {
  /** Codes accepted one after the other, each so many steps off the time, which goes on by a day in between. */
  function acceptAll(start: JudgedFactor, offsets: readonly number[], steps = 1): JudgedFactor {
    let factor = start;
    offsets.forEach((offset, day) => {
      const now = NOW + day * 86_400_000;
      factor = changed(factor, acceptedChange(judge(factor, timeStepAt(now, 30) + offset, { now, steps })));
    });
    return factor;
  }

  const at = (factor: JudgedFactor, offset: number, steps = 1) =>
    judge(factor, timeStepAt(NOW + 1e10, 30) + offset, { now: NOW + 1e10, steps });

  it.each([1, -1])('is learnt up to ten steps, one window at a time (direction %i)', (sign) => {
    const learnt = acceptAll(
      totp(),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11].map((offset) => offset * sign),
    );
    expect(learnt.drift_steps).toBe(10 * sign);
    expect(at(learnt, 12 * sign).outcome).toBe('wrong');
    expect(at(learnt, 11 * sign).outcome).toBe('accepted');
  });

  it.each([1, -1])('is learnt in wider steps with a wider window, and no farther (direction %i)', (sign) => {
    const learnt = acceptAll(
      totp(),
      [2, 4, 6, 8, 10, 12, 12].map((offset) => offset * sign),
      2,
    );
    expect(learnt.drift_steps).toBe(10 * sign);
    expect(at(learnt, 13 * sign, 2).outcome).toBe('wrong');
  });

  it('cannot be learnt with the window 0', () => {
    for (const offset of [-1, 1]) expect(at(totp(), offset, 0).outcome).toBe('wrong');
  });

  it.each([1, -1])('that a resynchronisation has learnt may go down and never farther (direction %i)', (sign) => {
    const far = totp({ drift_steps: 60 * sign });
    expect(acceptAll(far, [61 * sign, 61 * sign]).drift_steps).toBe(60 * sign);
    expect(acceptAll(far, [59 * sign, 58 * sign]).drift_steps).toBe(58 * sign);
    // From there it is the limit: what was given up is not learnt again without two codes.
    expect(acceptAll(far, [59 * sign, 60 * sign]).drift_steps).toBe(59 * sign);
    expect(at(far, 62 * sign).outcome).toBe('wrong');
  });

  it('does not hide the time itself: without drift, or with any, the codes of now are good', () => {
    for (const drift of [-120, -10, -3, 0, 3, 10, 120]) {
      for (const offset of [-1, 0, 1]) expect(at(totp({ drift_steps: drift }), offset).outcome).toBe('accepted');
    }
  });

  it('opens no more than two windows', () => {
    const factor = totp({ drift_steps: 50 });
    const good = Array.from({ length: 121 }, (_, index) => index - 60).filter(
      (offset) => at(factor, offset).outcome === 'accepted',
    );
    expect(good).toEqual([-1, 0, 1, 49, 50, 51]);
  });

  it('is measured in steps of the factor’s own period', () => {
    const factor = totp({ period_seconds: 60 });
    const current = timeStepAt(NOW, 60);
    const change = acceptedChange(judge(factor, current - 1));
    expect(change).toMatchObject({ driftSteps: -1, lastStep: current - 1 });
    expect(PERIOD_MS).toBe(30_000);
  });
});
