import fc from 'fast-check';
import { expect } from 'vitest';
import type { ErrorCode } from '../../../src/errors/table.ts';
import { plantedSeed } from '../../support/planted.ts';
import {
  accept,
  codeOf,
  countFailure,
  currentStep,
  FIRST_SEED,
  IMPORTED_CODES,
  isBehind,
  isThrottled,
  type Model,
  OTHER_SEED,
  openSteps,
  PERIOD_MS,
  wrongCode,
} from './model.ts';
import type { RealService } from './real-service.ts';

type Command = fc.AsyncCommand<Model, RealService>;
type Outcome = 'accepted' | ErrorCode;

/** What must hold after every command, whatever the model says of the rest. */
function expectInvariants(model: Model): void {
  for (const [what, times] of model.accepted) expect(times, `${what} was accepted`).toBe(1);
  expect(model.wrongInARow).toBeLessThanOrEqual(100);
}

/** The refusals that come before a code is looked at; undefined where it is. */
function refusalInFront(model: Model): Outcome | undefined {
  if (model.seed === undefined) return 'factor_not_found';
  model.latest = Math.max(model.latest, model.now);
  if (isBehind(model)) return 'clock_behind';
  if (model.failures >= 100) return 'factor_locked';
  return isThrottled(model) ? 'verification_throttled' : undefined;
}

function command(name: string, run: (model: Model, real: RealService) => Promise<void>): Command {
  return {
    check: () => true,
    async run(model, real) {
      real.now = model.now;
      await run(model, real);
      expectInvariants(model);
    },
    toString: () => name,
  };
}

/** The code of a step so many away from now, with whatever seed the user has: right, early, late, or used. */
const codeAway = (offset: number) =>
  command(`code(${offset})`, async (model, real) => {
    const step = currentStep(model) + offset;
    const code = codeOf(model.seed ?? FIRST_SEED, step);
    const outcome = await real.verify(code);
    const refusal = refusalInFront(model);
    if (refusal !== undefined) expect(outcome).toBe(refusal);
    else if (openSteps(model).includes(step)) {
      expect(outcome).toBe('accepted');
      accept(model, `${model.seed}/${step}`);
      const limit = Math.max(10, Math.abs(model.drift));
      model.drift = Math.max(-limit, Math.min(limit, step - currentStep(model)));
      model.lastStep = step;
    } else {
      expect(outcome).toBe('code_wrong');
      if (!isInWindow(model, step)) countFailure(model);
    }
  });

/** Used steps in the window are refused and not counted as guesses. */
function isInWindow(model: Model, step: number): boolean {
  const current = currentStep(model);
  return [current, current + model.drift].some((centre) => Math.abs(step - centre) <= 1);
}

const wrong = (times: number) =>
  command(`wrong(${times})`, async (model, real) => {
    for (let time = 0; time < times; time++) {
      const outcome = await real.verify(wrongCode(model));
      const refusal = refusalInFront(model);
      expect(outcome).toBe(refusal ?? 'code_wrong');
      if (refusal === undefined) countFailure(model);
      if (times > 1 && model.failures < 100 && !isBehind(model)) {
        model.now = Math.max(model.now, model.throttledUntil);
        real.now = model.now;
      }
    }
  });

const recoveryCode = (index: number) =>
  command(`recoveryCode(${index})`, async (model, real) => {
    const redeemed = [...model.accepted.keys()].filter((what) => what.includes('-'));
    const candidates = [...IMPORTED_CODES, ...model.recoveryCodes, ...redeemed];
    const code = candidates[index % candidates.length] as string;
    const { outcome, fresh } = await real.redeem(code);
    const refusal = refusalInFront(model);
    if (refusal !== undefined) return void expect(outcome).toBe(refusal);
    if (model.recoveryCodes.has(code)) {
      expect(outcome).toBe('accepted');
      accept(model, code);
      model.recoveryCodes.delete(code);
      if (IMPORTED_CODES.includes(code)) model.usedRecoveryCodes.add(code);
      model.recoveryCodes.add(fresh as string);
    } else {
      expect(['recovery_code_wrong', 'code_wrong']).toContain(outcome);
      // Whether it counts depends on whether the code is still known as a used one.
      const { failures, throttled_until } = await real.factor();
      expect([model.failures, model.failures + 1]).toContain(failures);
      Object.assign(model, { failures, wrongInARow: failures, throttledUntil: throttled_until });
    }
  });

const resync = (offset: number) =>
  command(`resync(${offset})`, async (model, real) => {
    const first = currentStep(model) + offset;
    const seed = model.seed ?? FIRST_SEED;
    const outcome = await real.resync([codeOf(seed, first), codeOf(seed, first + 1)]);
    const refusal = refusalInFront(model);
    if (refusal !== undefined) return void expect(outcome).toBe(refusal);
    // Measured by the second code, which the authenticator shows now.
    const isNear = Math.abs(offset + 1) <= 120;
    if (isNear && first > model.lastStep) {
      expect(outcome).toBe('accepted');
      accept(model, `${model.seed}/${first}`);
      accept(model, `${model.seed}/${first + 1}`);
      model.lastStep = first + 1;
      model.drift = offset + 1;
    } else {
      expect(outcome).toBe('code_wrong');
      if (!isNear) countFailure(model);
    }
  });

const pass = (milliseconds: number) =>
  command(`pass(${milliseconds})`, async (model) => {
    model.now += milliseconds;
  });

const importSeed = (seed: number) =>
  command(`import(${seed})`, async (model, real) => {
    await real.import(plantedSeed(seed), seed === FIRST_SEED ? IMPORTED_CODES : []);
    const isSame = model.seed === seed;
    const factor = await real.factor();
    // Never earlier than before, whatever was imported, replaced or reset in between.
    expect(factor.last_step).toBeGreaterThanOrEqual(model.lastStep);
    if (isSame) {
      expect(factor).toMatchObject({
        last_step: model.lastStep,
        drift_steps: model.drift,
        failures: model.failures,
        throttled_until: model.throttledUntil,
      });
    } else {
      model.lastStep = factor.last_step;
      model.drift = 0;
      model.failures = 0;
      model.throttledUntil = 0;
      model.wrongInARow = 0;
    }
    // Codes made here outlive an import of the same seed, and go with the seed otherwise.
    const kept = isSame ? [...model.recoveryCodes].filter((code) => !IMPORTED_CODES.includes(code)) : [];
    const imported = seed === FIRST_SEED ? IMPORTED_CODES.filter((code) => !model.usedRecoveryCodes.has(code)) : [];
    const untouched = isSame && seed !== FIRST_SEED;
    if (!untouched) model.recoveryCodes = new Set([...kept, ...imported]);
    model.seed = seed;
  });

const unlock = command('unlock', async (model, real) => {
  expect(await real.unlock()).toBe(model.seed === undefined ? 'factor_not_found' : 'accepted');
  model.failures = 0;
  model.throttledUntil = 0;
  model.wrongInARow = 0;
});

const reset = command('reset', async (model, real) => {
  expect(await real.reset()).toBe(model.seed === undefined ? 'factor_not_found' : 'accepted');
  model.seed = undefined;
  model.recoveryCodes = new Set();
});

const restart = command('restart', async (model, real) => {
  await real.restart();
  model.latest = Math.max(model.latest, model.now);
});

const clockBack = (milliseconds: number) =>
  command(`clockBack(${milliseconds})`, async (model) => {
    model.now -= milliseconds;
  });

export const commands = fc.commands(
  [
    fc.integer({ min: -4, max: 4 }).map(codeAway),
    fc.integer({ min: -1, max: 1 }).map(codeAway),
    fc.constant(wrong(1)),
    fc.constantFrom(5, 40, 101).map(wrong),
    fc.nat({ max: 20 }).map(recoveryCode),
    fc.integer({ min: -125, max: 125 }).map(resync),
    fc.integer({ min: 0, max: 3 * PERIOD_MS }).map(pass),
    fc.constantFrom(20 * PERIOD_MS, 86_400_000).map(pass),
    fc.constantFrom(FIRST_SEED, FIRST_SEED, OTHER_SEED).map(importSeed),
    fc.constant(unlock),
    fc.constant(reset),
    fc.constant(restart),
    fc.integer({ min: 0, max: 200_000 }).map(clockBack),
  ],
  { maxCommands: 40 },
);
