import { createHash, timingSafeEqual } from 'node:crypto';
import type { Actor, AuditEvent, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import { newId } from '../ids.ts';
import { normaliseCode } from '../otp/code.ts';
import { generateSeed, type RandomBytes } from '../otp/generate-seed.ts';
import { formatKeyUri } from '../otp/key-uri.ts';
import { DEFAULT_PARAMETERS } from '../otp/parameters.ts';
import { generateRecoveryCode, parseRecoveryCode, RecoveryCode } from '../otp/recovery-code.ts';
import { findMatchingStep, timeStepAt } from '../otp/totp.ts';
import { beginSealing } from '../rotation/sealing.ts';
import type { FactorTable, PendingEnrolmentTable, RecoveryCodeTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Sealer, Vault } from '../vault/vault.ts';

/** What a user needs to set up an authenticator, shown once. */
export interface NewEnrolment {
  /** Proves, when the enrolment is finished, that it is the one that was begun. */
  readonly token: string;
  readonly keyUri: string;
  readonly recoveryCode: string;
}

export interface Enrolments {
  /**
   * Begins to enrol an authenticator, in place of what the user has begun before. It is to be finished within a minute.
   *
   * @param account what the authenticator app shows beside the codes
   * @throws `factor_exists`, `user_not_found`
   */
  begin(actor: Actor, userId: string, account: string): Promise<NewEnrolment>;
  /**
   * Makes the authenticator the user's factor, by a code that it shows. The code is used up.
   *
   * @throws `enrolment_invalid`; `code_wrong`, after five of which the enrolment is gone; `factor_exists`
   */
  finish(actor: Actor, userId: string, token: string, passCode: string): Promise<void>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  /** What authenticator apps show for us. */
  readonly issuerName: string;
  /** Steps accepted on either side of the expected one. */
  readonly windowSteps: number;
}

/** One minute, as the document of `send-enroll-factor-request` says. */
const LIFETIME_MS = 60_000;
const MAXIMUM_FAILURES = 5;
const TOKEN_BYTES = 256;
/** More does not fit on the screen of a telephone, nor, percent-encoded, into a QR code that it can read. */
const MAXIMUM_ACCOUNT_LENGTH = 64;

export function createEnrolments(dependencies: Dependencies): Enrolments {
  const { store, vault, audit, clock, randomBytes, issuerName, windowSteps } = dependencies;

  async function begin(actor: Actor, userId: string, account: string): Promise<NewEnrolment> {
    const { poolId } = actor;
    const now = clock();
    const token = Buffer.from(randomBytes(TOKEN_BYTES)).toString('base64');
    const recoveryCode = generateRecoveryCode(randomBytes);
    const seed = generateSeed(randomBytes);
    const factorId = newId(now);
    const codeId = newId(now);
    const seal = (sealer: Sealer): PendingEnrolmentTable => ({
      pool_id: poolId,
      user_id: userId,
      token_digest: digestOf(token),
      factor_id: factorId,
      sealed_seed: sealer.sealSeed(seed, { poolId, userId, factorId, ...DEFAULT_PARAMETERS }),
      code_id: codeId,
      sealed_digest: sealer.sealRecoveryCode(normalised(recoveryCode), { poolId, userId, codeId }),
      failures: 0,
      expires_at: now + LIFETIME_MS,
    });
    const shown = Array.from(account).slice(0, MAXIMUM_ACCOUNT_LENGTH).join('');
    const keyUri = formatKeyUri({
      seed,
      parameters: DEFAULT_PARAMETERS,
      counter: 0,
      issuer: issuerName,
      account: shown,
    });
    await store
      .transaction(async (queries) => {
        const pending = seal(await beginSealing(queries, vault));
        // A user who is just being deleted must not leave an enrolment behind.
        await queries.bulk.lockPool(poolId, 'shared');
        if ((await queries.users.findForUpdate(poolId, userId)) === undefined)
          throw new FactorportError('user_not_found');
        if ((await queries.factors.find(poolId, userId)) !== undefined) throw new FactorportError('factor_exists');
        await queries.pendingEnrolments.put(pending);
        await queries.audit.append([audit.stamp(actor, eventOf('factor.enrol-request', 'ok', pending))]);
      }, 'long')
      .finally(() => seed.wipe());
    return { token, keyUri, recoveryCode };
  }

  async function finish(actor: Actor, userId: string, token: string, passCode: string): Promise<void> {
    for (;;) {
      const now = clock();
      const pending = await store.read.pendingEnrolments.find(actor.poolId, userId);
      if (pending === undefined || now >= pending.expires_at || !isTokenOf(pending, token)) {
        throw new FactorportError('enrolment_invalid');
      }
      await vault.learn([pending.sealed_seed]);
      const step = matchingStep(pending, passCode, now);
      const isDone = step === undefined ? await refuse(actor, pending) : await accept(actor, pending, step, now);
      // Otherwise another request was faster, and what it left is looked at anew.
      if (isDone && step === undefined) throw new FactorportError('code_wrong');
      if (isDone) return;
    }
  }

  function matchingStep(pending: PendingEnrolmentTable, passCode: string, now: number): number | undefined {
    const digits = normaliseCode(passCode, DEFAULT_PARAMETERS.digits);
    if (digits === undefined) return undefined;
    const { pool_id: poolId, user_id: userId, factor_id: factorId } = pending;
    const seed = vault.openSeed(pending.sealed_seed, { poolId, userId, factorId, ...DEFAULT_PARAMETERS });
    const centre = timeStepAt(now, DEFAULT_PARAMETERS.periodSeconds);
    const step = findMatchingStep(seed, digits, DEFAULT_PARAMETERS, [centre], windowSteps);
    seed.wipe();
    return step;
  }

  /** @returns whether this call counted the failure */
  function refuse(actor: Actor, pending: PendingEnrolmentTable): Promise<boolean> {
    return store.transaction(async ({ pendingEnrolments, audit: events }) => {
      const isLast = pending.failures + 1 >= MAXIMUM_FAILURES;
      const counted = isLast ? await pendingEnrolments.take(pending) : await pendingEnrolments.recordFailure(pending);
      if (counted) await events.append([audit.stamp(actor, eventOf('factor.enrol', 'refused', pending))]);
      return counted;
    });
  }

  /** @returns whether this call made the factor */
  function accept(actor: Actor, pending: PendingEnrolmentTable, step: number, now: number): Promise<boolean> {
    return store.transaction(async (queries) => {
      const sealer = await beginSealing(queries, vault);
      await queries.bulk.lockPool(actor.poolId, 'shared');
      if (!(await queries.pendingEnrolments.take(pending))) return false;
      // An import may have been faster; what it brought stays.
      const isAdded = await queries.factors.insertIfNone(factorOf(sealer, pending, actor, step, now));
      if (!isAdded) throw new FactorportError('factor_exists');
      await queries.bulk.insertRecoveryCodes([recoveryCodeOf(sealer, pending, now)]);
      await queries.audit.append([audit.stamp(actor, eventOf('factor.enrol', 'ok', pending))]);
      return true;
    }, 'long');
  }

  return { begin, finish };
}

function eventOf(action: string, result: AuditEvent['result'], pending: PendingEnrolmentTable): AuditEvent {
  return { action, result, userId: pending.user_id, detail: { factorId: pending.factor_id } };
}

/** The token has 2048 random bits, so its digest needs no key. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function isTokenOf(pending: PendingEnrolmentTable, token: string): boolean {
  const expected = Buffer.from(pending.token_digest);
  const actual = digestOf(token);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function normalised(text: string): RecoveryCode {
  const code = parseRecoveryCode(text);
  if (!(code instanceof RecoveryCode)) throw new FactorportError('internal');
  return code;
}

/** Sealed anew: the key of the pending row may be about to be destroyed. */
function factorOf(
  sealer: Sealer,
  pending: PendingEnrolmentTable,
  actor: Actor,
  step: number,
  now: number,
): FactorTable {
  const { pool_id: poolId, user_id: userId, factor_id: factorId } = pending;
  return {
    pool_id: pending.pool_id,
    user_id: pending.user_id,
    factor_id: pending.factor_id,
    type: DEFAULT_PARAMETERS.type,
    algorithm: DEFAULT_PARAMETERS.algorithm,
    digits: DEFAULT_PARAMETERS.digits,
    period_seconds: DEFAULT_PARAMETERS.periodSeconds,
    counter: 0,
    sealed_seed: sealer.resealSeed(pending.sealed_seed, { poolId, userId, factorId, ...DEFAULT_PARAMETERS }),
    drift_steps: 0,
    // RFC 6238 §5.2: the code that proved the authenticator is used up.
    last_step: step,
    failures: 0,
    throttled_until: 0,
    source: 'enrolment',
    imported_by: actor.id,
    import_id: actor.requestId,
    created_at: now,
    updated_at: now,
    last_used_at: now,
  };
}

function recoveryCodeOf(sealer: Sealer, pending: PendingEnrolmentTable, now: number): RecoveryCodeTable {
  const { pool_id: poolId, user_id: userId, code_id: codeId } = pending;
  return {
    pool_id: pending.pool_id,
    user_id: pending.user_id,
    code_id: pending.code_id,
    factor_id: pending.factor_id,
    sealed_digest: sealer.resealRecoveryDigest(pending.sealed_digest, { poolId, userId, codeId }),
    created_at: now,
    used_at: null,
    origin: 'enrolment',
    // It has 112 bits.
    hardening: 'unneeded',
  };
}
