import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import { findMatchingStep, normaliseCode, timeStepAt } from '../otp/totp.ts';
import type { Queries } from '../store/queries/index.ts';
import type { FactorTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { openFactorSeed, parametersOf } from './open-factor-seed.ts';
import { LOCKED_UNTIL, throttledUntil } from './throttle.ts';

/** How a user was verified. */
export interface Verified {
  readonly factorId: string;
  readonly method: 'totp' | 'hotp' | 'recovery';
  /** A fresh recovery code in place of the one just used, in clear: to be shown to the user once. */
  readonly freshRecoveryCode?: string | undefined;
}

export interface Verifier {
  /**
   * Checks a code of a user's authenticator, or one of the recovery codes, and uses it up.
   *
   * @throws `code_wrong` (6001) or `recovery_code_wrong` (6002) for a wrong, expired or used code;
   *   `verification_throttled` or `factor_locked` for an attempt that was not looked at; `factor_not_found`
   */
  verify(actor: Actor, userId: string, code: string): Promise<Verified>;
  hasFactor(poolId: string, userId: string): Promise<boolean>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
  /** Steps accepted on either side of the expected one. */
  readonly windowSteps: number;
}

/** How far a clock may drift from ours before its codes are refused: learnt one window at a time (RFC 6238 §6). */
const MAXIMUM_DRIFT_STEPS = 10;

/** `undefined`: the row changed while the attempt was judged, so it must be judged again. */
type Judgement = 'accepted' | 'wrong' | undefined;

export function createVerifier({ store, vault, audit, clock, windowSteps }: Dependencies): Verifier {
  async function verify(actor: Actor, userId: string, code: string): Promise<Verified> {
    for (;;) {
      const factor = await store.read.factors.find(actor.poolId, userId);
      if (factor === undefined) throw new FactorportError('factor_not_found');
      refuseThrottled(actor, factor, clock());
      await vault.learn([factor.sealed_seed]);
      const judgement = await judge(actor, factor, code);
      if (judgement === 'accepted') return { factorId: factor.factor_id, method: factor.type };
      if (judgement === 'wrong') throw new FactorportError('code_wrong');
    }
  }

  /** The attempt is not looked at, so it takes no transaction; its audit event follows shortly. */
  function refuseThrottled(actor: Actor, factor: FactorTable, now: number): void {
    const refusal = throttleRefusal(factor, now);
    if (refusal === undefined) return;
    const detail = { outcome: refusal.code === 'factor_locked' ? 'locked' : 'throttled', factorId: factor.factor_id };
    audit.record(actor, { action: 'otp.verify', result: 'refused', userId: factor.user_id, detail });
    throw refusal;
  }

  /**
   * Writes the outcome only if the factor is still in the state in which the code was judged. Of many simultaneous
   * attempts one at a time therefore gets an answer from the code, and the others meet the throttle it leaves.
   */
  async function judge(actor: Actor, factor: FactorTable, code: string): Promise<Judgement> {
    const now = clock();
    const state = { factorId: factor.factor_id, lastStep: factor.last_step, failures: factor.failures };
    const step = matchingStep(factor, code, now);
    if (step !== undefined && step <= factor.last_step) {
      await recordAttempt(store.transaction, actor, factor, 'replayed');
      return 'wrong';
    }
    return store.transaction(async (queries) => {
      const { pool_id: poolId, user_id: userId } = factor;
      const done =
        step === undefined
          ? await queries.factors.recordFailure(poolId, userId, state, throttledUntil(state.failures + 1, now), now)
          : await queries.factors.acceptStep(
              poolId,
              userId,
              state,
              { step, driftSteps: driftOf(factor, step, now) },
              now,
            );
      if (!done) return undefined;
      await recordAttempt((work) => work(queries), actor, factor, step === undefined ? 'wrong' : 'accepted');
      return step === undefined ? 'wrong' : 'accepted';
    });
  }

  function matchingStep(factor: FactorTable, code: string, now: number): number | undefined {
    const digits = normaliseCode(code, factor.digits);
    if (digits === undefined) return undefined;
    const seed = openFactorSeed(vault, factor);
    const current = timeStepAt(now, factor.period_seconds);
    // Beside the drift learnt, none: a clock that was set right must not lock its owner out.
    const centres = [current + clampDrift(factor.drift_steps), current];
    const step = findMatchingStep(seed, digits, parametersOf(factor), centres, windowSteps);
    seed.wipe();
    return step;
  }

  async function recordAttempt(
    run: (work: (queries: Queries) => Promise<void>) => Promise<void>,
    actor: Actor,
    factor: FactorTable,
    outcome: 'accepted' | 'wrong' | 'replayed',
  ): Promise<void> {
    const result = outcome === 'accepted' ? 'ok' : 'refused';
    const detail = { outcome, factorId: factor.factor_id };
    const event = audit.stamp(actor, { action: 'otp.verify', result, userId: factor.user_id, detail });
    await run((queries) => queries.audit.append([event]));
  }

  return {
    verify,
    hasFactor: async (poolId, userId) => (await store.read.factors.find(poolId, userId)) !== undefined,
  };
}

function throttleRefusal(factor: FactorTable, now: number): FactorportError | undefined {
  if (factor.throttled_until <= now) return undefined;
  if (factor.throttled_until === LOCKED_UNTIL) {
    return new FactorportError('factor_locked', { parameters: { failures: factor.failures } });
  }
  const seconds = Math.ceil((factor.throttled_until - now) / 1000);
  return new FactorportError('verification_throttled', { parameters: { seconds }, retryAfterSeconds: seconds });
}

function driftOf(factor: FactorTable, step: number, now: number): number {
  return clampDrift(step - timeStepAt(now, factor.period_seconds));
}

/** Also of what is read: a row that says more was not written here. */
function clampDrift(drift: number): number {
  return Math.max(-MAXIMUM_DRIFT_STEPS, Math.min(MAXIMUM_DRIFT_STEPS, drift));
}
