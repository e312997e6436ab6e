import { newId } from '../ids.ts';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import type { FactorTable, RecoveryCodeTable } from '../store/schema.ts';
import type { Sealer } from '../vault/vault.ts';
import type { ImportEntry } from './entry.ts';
import { carryLastStep, type Decision } from './plan.ts';

/** Where an entry comes from, for its row. */
export interface Origin {
  readonly poolId: string;
  readonly source: string;
  readonly importedBy: string;
  readonly importId: string;
  readonly now: number;
}

/** Turns an entry into the row that the store keeps. The last step at which the seed is in clear. */
export function sealFactor(
  sealer: Sealer,
  entry: ImportEntry,
  origin: Origin,
  decision: Extract<Decision, { kind: 'add' | 'replace' }>,
): FactorTable {
  const { poolId, now } = origin;
  const { type, algorithm, digits, periodSeconds } = entry.parameters;
  const factorId = newId(now);
  const previous = decision.kind === 'replace' ? decision.previous : undefined;
  return {
    pool_id: poolId,
    user_id: entry.userId,
    factor_id: factorId,
    type,
    algorithm,
    digits,
    period_seconds: periodSeconds,
    counter: 0,
    sealed_seed: sealer.sealSeed(entry.seed, { poolId, userId: entry.userId, factorId, ...entry.parameters }),
    drift_steps: 0,
    last_step: previous === undefined ? -1 : carryLastStep(previous.last_step, previous.period_seconds, periodSeconds),
    failures: 0,
    throttled_until: 0,
    source: origin.source,
    imported_by: origin.importedBy,
    import_id: origin.importId,
    created_at: now,
    updated_at: now,
    last_used_at: null,
  };
}

/** Turns a recovery code into a row that cannot be read back. */
export function sealRecoveryCode(
  sealer: Sealer,
  code: RecoveryCode,
  owner: { poolId: string; userId: string; factorId: string },
  now: number,
): RecoveryCodeTable {
  const { poolId, userId, factorId } = owner;
  const codeId = newId(now);
  return {
    pool_id: poolId,
    user_id: userId,
    code_id: codeId,
    factor_id: factorId,
    sealed_digest: sealer.sealRecoveryCode(code, { poolId, userId, codeId }),
    created_at: now,
    used_at: null,
    hardened: code.isStrong ? 1 : 0,
  };
}
