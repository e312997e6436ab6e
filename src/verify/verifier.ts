import { isDeepStrictEqual } from 'node:util';
import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import { openFactorSeed } from '../factors/open-factor-seed.ts';
import { normaliseCode } from '../otp/code.ts';
import { parseRecoveryCode, type RecoveryCode } from '../otp/recovery-code.ts';
import type { Seed } from '../otp/seed.ts';
import { beginSealing } from '../rotation/sealing.ts';
import { type FactorChange, stateOf } from '../store/queries/factors.ts';
import type { FactorTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { ClockGuard } from './clock-guard.ts';
import { failureOf, type Judgement, judgeCode, judgeConsecutiveCodes, recoveryOf, type Windows } from './judge.ts';
import { type Redemption, recogniseRecoveryCode, redeem } from './redeem.ts';
import { throttleRefusal } from './throttle.ts';
import { createTurns } from './turns.ts';

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
   *   `verification_throttled` or `factor_locked` for an attempt that was not looked at; `factor_not_found`;
   *   `clock_behind`
   */
  verify(actor: Actor, userId: string, code: string): Promise<Verified>;
  /**
   * Brings an authenticator that is far off back into step, by two consecutive codes, and uses both up (RFC 4226 §7.4,
   * RFC 6238 §6).
   *
   * @throws as {@link Verifier.verify}
   */
  resync(actor: Actor, userId: string, codes: readonly [string, string]): Promise<Verified>;
  /**
   * Checks a code of the authenticator for an administrator, and uses it up. A recovery code does not do: it says nothing
   * about the authenticator.
   *
   * @throws as {@link Verifier.verify}
   */
  confirm(actor: Actor, userId: string, code: string): Promise<Verified>;
  hasFactor(poolId: string, userId: string): Promise<boolean>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: ClockGuard;
  readonly windows: Windows;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** An attempt under way: by whom, against which state of the factor, when. */
interface Attempt {
  readonly actor: Actor;
  readonly factor: FactorTable;
  readonly now: number;
  readonly action: 'otp.verify' | 'otp.resync' | 'factor.confirm';
}

/** What an audit event says of an attempt. */
interface Detail {
  readonly outcome: 'accepted' | 'wrong' | 'replayed';
  readonly method?: Verified['method'];
}

/** What an attempt came to; `overtaken`: the factor changed while it was judged, so it must be judged again. */
type Outcome = Verified | 'code_wrong' | 'recovery_code_wrong' | 'overtaken';

const OVERTAKEN = new Error('another attempt has changed the factor');

export function createVerifier(dependencies: Dependencies): Verifier {
  const { store, vault, audit, clock, windows } = dependencies;
  const inTurn = createTurns();

  /** Judges until no other attempt comes between. */
  async function attempt(
    actor: Actor,
    userId: string,
    action: Attempt['action'],
    judgeAttempt: (attempt: Attempt) => Promise<Outcome>,
  ): Promise<Verified> {
    for (;;) {
      const factor = await store.attempts.find(actor.poolId, userId);
      if (factor === undefined) throw new FactorportError('factor_not_found');
      const now = clock.now();
      refuseThrottled({ actor, factor, now, action });
      await vault.learn([factor.sealed_seed]);
      const outcome = await judgeAttempt({ actor, factor, now, action });
      if (typeof outcome === 'object') return outcome;
      if (outcome !== 'overtaken') throw new FactorportError(outcome);
    }
  }

  /** The attempt is not looked at, so it takes no transaction; its audit event follows shortly. */
  function refuseThrottled({ actor, factor, now, action }: Attempt): void {
    const refusal = throttleRefusal(factor, now);
    if (refusal === undefined) return;
    const detail = { outcome: refusal.code === 'factor_locked' ? 'locked' : 'throttled', factorId: factor.factor_id };
    audit.record(actor, { action, result: 'refused', userId: factor.user_id, detail });
    throw refusal;
  }

  const judge = ({ factor, now }: Attempt, code: string) =>
    withSeed(factor, (seed) => judgeCode(factor, seed, code, now, windows));

  const judgeTwo = ({ factor, now }: Attempt, codes: readonly [string, string]) =>
    withSeed(factor, (seed) => judgeConsecutiveCodes(factor, seed, codes, now));

  async function settle(current: Attempt, judgement: Judgement): Promise<Outcome> {
    if (judgement.outcome === 'accepted') return accept(current, judgement.change);
    return judgement.outcome === 'replayed' ? refuseReplay(current, 'code_wrong') : fail(current, 'code_wrong');
  }

  /** What is no code of the authenticator may be a recovery code. */
  async function settleAny(current: Attempt, code: string): Promise<Outcome> {
    const judgement = judge(current, code);
    const recoveryCode = parseRecoveryCode(code);
    if (judgement.outcome !== 'wrong' || typeof recoveryCode !== 'object') return settle(current, judgement);
    // One at a time for each user, because telling a recovery code may cost an Argon2id: of a flood, those that come
    // after the throttle has begun must cost nothing.
    const { pool_id, user_id } = current.factor;
    return inTurn(`${pool_id}/${user_id}`, async () => {
      const latest = await store.read.factors.find(pool_id, user_id);
      return latest !== undefined && isSameState(latest, current.factor)
        ? settleRecovery(current, code, recoveryCode)
        : 'overtaken';
    });
  }

  async function settleRecovery(current: Attempt, code: string, recoveryCode: RecoveryCode): Promise<Outcome> {
    const found = await recognise(current, recoveryCode);
    if (found === 'overtaken') return found;
    if (typeof found === 'object') return acceptRecovery(current, found);
    if (found === 'used') return refuseReplay(current, 'recovery_code_wrong');
    const looksLikeCode = normaliseCode(code, current.factor.digits) !== undefined;
    return fail(current, found === 'no-codes' || looksLikeCode ? 'code_wrong' : 'recovery_code_wrong');
  }

  /** A digest that does not open is told, and the guess counted all the same: or guessing at this user were free. */
  async function recognise(current: Attempt, code: RecoveryCode) {
    try {
      return await recogniseRecoveryCode(dependencies, current.factor, code);
    } catch (error) {
      if (!(error instanceof FactorportError) || error.code !== 'seal_broken') throw error;
      if ((await fail(current, 'code_wrong')) === 'overtaken') return 'overtaken';
      throw error;
    }
  }

  async function accept(current: Attempt, change: FactorChange): Promise<Outcome> {
    const { type: method, factor_id: factorId } = current.factor;
    const done = await settleAttempt(current, change, { outcome: 'accepted', method });
    return done ? { factorId, method } : 'overtaken';
  }

  async function acceptRecovery(current: Attempt, redemption: Redemption): Promise<Outcome> {
    const { factor, now } = current;
    try {
      const freshRecoveryCode = await store.transaction(async (queries) => {
        const sealer = await beginSealing(queries, vault);
        const { pool_id, user_id } = factor;
        const change = recoveryOf(factor, now);
        const changed = await queries.factors.change(pool_id, user_id, stateOf(factor), change, now);
        const fresh = changed ? await redeem(dependencies.randomBytes, queries, sealer, redemption, now) : undefined;
        // Thrown, because a part may be written already and must not stay.
        if (fresh === undefined) throw OVERTAKEN;
        await queries.audit.append([event(current, { outcome: 'accepted', method: 'recovery' })]);
        return fresh;
      }, 'long');
      return { factorId: factor.factor_id, method: 'recovery', freshRecoveryCode };
    } catch (error) {
      if (error === OVERTAKEN) return 'overtaken';
      throw error;
    }
  }

  async function fail(current: Attempt, refusal: 'code_wrong' | 'recovery_code_wrong'): Promise<Outcome> {
    const done = await settleAttempt(current, failureOf(current.factor, current.now), { outcome: 'wrong' });
    return done ? refusal : 'overtaken';
  }

  /**
   * Writes the outcome only if the factor is still in the state in which the code was judged. Of many simultaneous
   * attempts one at a time therefore gets an answer from the code, and the others meet the throttle it leaves.
   */
  function settleAttempt(current: Attempt, change: FactorChange, detail: Detail): Promise<boolean> {
    const { factor, now } = current;
    const { pool_id: poolId, user_id: userId } = factor;
    return store.attempts.settle({
      poolId,
      userId,
      state: stateOf(factor),
      change,
      now,
      event: event(current, detail),
    });
  }

  /** Nothing about the factor changes: whoever has a used code has learnt nothing by it. */
  async function refuseReplay(current: Attempt, refusal: 'code_wrong' | 'recovery_code_wrong'): Promise<Outcome> {
    await store.transaction((queries) => queries.audit.append([event(current, { outcome: 'replayed' })]));
    return refusal;
  }

  function event({ actor, factor, action }: Attempt, detail: Detail) {
    const { factor_id: factorId, user_id: userId } = factor;
    const result = detail.outcome === 'accepted' ? 'ok' : 'refused';
    return audit.stamp(actor, { action, result, userId, detail: { ...detail, factorId } });
  }

  function withSeed(factor: FactorTable, work: (seed: Seed) => Judgement): Judgement {
    const seed = openFactorSeed(vault, factor);
    try {
      return work(seed);
    } finally {
      seed.wipe();
    }
  }

  return {
    verify: (actor, userId, code) => attempt(actor, userId, 'otp.verify', (current) => settleAny(current, code)),
    confirm: (actor, userId, code) =>
      attempt(actor, userId, 'factor.confirm', (current) => settle(current, judge(current, code))),
    resync: (actor, userId, codes) =>
      attempt(actor, userId, 'otp.resync', (current) => settle(current, judgeTwo(current, codes))),
    hasFactor: async (poolId, userId) => (await store.read.factors.find(poolId, userId)) !== undefined,
  };
}

function isSameState(one: FactorTable, other: FactorTable): boolean {
  return isDeepStrictEqual(stateOf(one), stateOf(other));
}
