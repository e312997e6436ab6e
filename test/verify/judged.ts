import { readFileSync } from 'node:fs';
import { computeHotp } from '../../src/otp/hotp.ts';
import { Seed } from '../../src/otp/seed.ts';
import type { FactorChange } from '../../src/store/queries/factors.ts';
import { type JudgedFactor, type Judgement, judgeCode, judgeConsecutiveCodes } from '../../src/verify/judge.ts';

/** The seed of RFC 4226 appendix D and, with SHA1, of RFC 6238 appendix B. */
export const RFC_SEED = new Seed(Buffer.from('12345678901234567890'));
export const PERIOD_MS = 30_000;
/** Of the step 1000, well inside it. */
export const NOW = 1_000 * PERIOD_MS + 7_000;
export const STEP = 1_000;

/** The codes of RFC 4226 appendix D, by counter. */
export const RFC_CODES: readonly string[] = JSON.parse(
  readFileSync(new URL('../otp/vectors/rfc4226.json', import.meta.url), 'utf8'),
).values.map((value: { code: string }) => value.code);

export function totp(change: Partial<JudgedFactor> = {}): JudgedFactor {
  return {
    type: 'totp',
    algorithm: 'SHA1',
    digits: 6,
    period_seconds: 30,
    counter: 0,
    drift_steps: 0,
    last_step: -1,
    failures: 0,
    throttled_until: 0,
    last_used_at: null,
    ...change,
  };
}

export const hotp = (counter: number, change: Partial<JudgedFactor> = {}) =>
  totp({ type: 'hotp', period_seconds: 0, counter, ...change });

/** The code of a time step or a counter. */
export function codeOf(factor: JudgedFactor, movingFactor: number, seed = RFC_SEED): string {
  return computeHotp(seed, movingFactor, factor.algorithm, factor.digits);
}

/** The factor as a change leaves it. */
export function changed(factor: JudgedFactor, change: FactorChange): JudgedFactor {
  return {
    ...factor,
    counter: change.counter,
    drift_steps: change.driftSteps,
    last_step: change.lastStep,
    failures: change.failures,
    throttled_until: change.throttledUntil,
    last_used_at: change.lastUsedAt,
  };
}

interface Setting {
  readonly now?: number;
  readonly steps?: number;
  readonly lookAhead?: number;
}

/** Judges the code of a moving factor. */
export function judge(factor: JudgedFactor, movingFactor: number, setting: Setting = {}): Judgement {
  const { now = NOW, steps = 1, lookAhead = 10 } = setting;
  return judgeCode(factor, RFC_SEED, codeOf(factor, movingFactor), now, { steps, lookAhead });
}

/** Judges the codes of two moving factors, as they came. */
export function judgeTwo(factor: JudgedFactor, first: number, second: number, now = NOW): Judgement {
  return judgeConsecutiveCodes(factor, RFC_SEED, [codeOf(factor, first), codeOf(factor, second)], now);
}

/** What a judgement that must accept leaves behind. */
export function acceptedChange(judgement: Judgement): FactorChange {
  if (judgement.outcome !== 'accepted') throw new Error(`not accepted: ${judgement.outcome}`);
  return judgement.change;
}
