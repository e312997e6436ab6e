import { DEFAULT_PARAMETERS } from '../../../src/otp/parameters.ts';
import { parseSeed, type Seed } from '../../../src/otp/seed.ts';
import { computeTotp, timeStepAt } from '../../../src/otp/totp.ts';
import { plantedCode, plantedSeed } from '../../support/planted.ts';

export const PERIOD_MS = 30_000;
export const WINDOW = 1;

/** What a user's factor is to be like, said as plainly as possible, and everything that was ever accepted. */
export interface Model {
  now: number;
  /** The latest time that was ever shown to the service. */
  latest: number;
  /** Number of the planted seed; undefined after a reset. */
  seed: number | undefined;
  lastStep: number;
  drift: number;
  failures: number;
  throttledUntil: number;
  /** Codes that the user may still redeem. */
  recoveryCodes: Set<string>;
  /** Imported codes that were redeemed. */
  readonly usedRecoveryCodes: Set<string>;
  /** `seed/step` and recovery codes, each as often as it was accepted. */
  readonly accepted: Map<string, number>;
  /** Wrong codes since an administrator or a right code last ended the row. */
  wrongInARow: number;
}

export const FIRST_SEED = 970;
export const OTHER_SEED = 971;
export const IMPORTED_CODES = [plantedCode(970), plantedCode(971)];

export function newModel(now: number): Model {
  return {
    now,
    latest: now,
    seed: FIRST_SEED,
    lastStep: -1,
    drift: 0,
    failures: 0,
    throttledUntil: 0,
    recoveryCodes: new Set(IMPORTED_CODES),
    usedRecoveryCodes: new Set(),
    accepted: new Map(),
    wrongInARow: 0,
  };
}

export const currentStep = (model: Model) => timeStepAt(model.now, PERIOD_MS / 1000);

/** What an app with this seed shows in a step. */
export function codeOf(seed: number, step: number): string {
  return computeTotp(parseSeed(plantedSeed(seed)) as Seed, step, DEFAULT_PARAMETERS);
}

/** A code of no step that is looked at now. */
export function wrongCode(model: Model): string {
  const current = currentStep(model);
  const near = [current, current + model.drift].flatMap((centre) => [-1, 0, 1].map((offset) => centre + offset));
  const codes = new Set(near.map((step) => codeOf(model.seed ?? FIRST_SEED, step)));
  return ['000000', '111111', '222222', '333333', '444444', '555555', '666666'].find(
    (code) => !codes.has(code),
  ) as string;
}

/** Steps whose codes may be accepted now. */
export function openSteps(model: Model): number[] {
  const current = currentStep(model);
  const steps = [current + model.drift, current].flatMap((centre) =>
    Array.from({ length: 2 * WINDOW + 1 }, (_, index) => centre + index - WINDOW),
  );
  return steps.filter((step) => step > model.lastStep);
}

export const isThrottled = (model: Model) => model.throttledUntil > model.now;
export const isBehind = (model: Model) => model.latest - model.now > 10_000;

export function countFailure(model: Model): void {
  model.failures++;
  model.wrongInARow++;
  if (model.failures >= 100) model.throttledUntil = Number.MAX_SAFE_INTEGER;
  else if (model.failures > 3) {
    model.throttledUntil = model.now + Math.min(2 ** (model.failures - 4), 900) * 1000;
  } else model.throttledUntil = 0;
}

export function accept(model: Model, what: string): void {
  model.accepted.set(what, (model.accepted.get(what) ?? 0) + 1);
  model.failures = 0;
  model.wrongInARow = 0;
  model.throttledUntil = 0;
}
