import { newId } from '../ids.ts';
import type { FactorTable } from '../store/schema.ts';
import type { Sealer } from '../vault/vault.ts';
import type { ImportEntry } from './entry.ts';
import type { UsedUp } from './plan.ts';

/** Where an entry comes from, for its row. */
export interface Origin {
  readonly poolId: string;
  readonly source: string;
  readonly importedBy: string;
  readonly importId: string;
  readonly now: number;
}

/** Turns an entry into the row that the store keeps. The last step at which the seed is in clear. */
export function sealFactor(sealer: Sealer, entry: ImportEntry, origin: Origin, usedUp: UsedUp): FactorTable {
  const { poolId, now } = origin;
  const { type, algorithm, digits, periodSeconds } = entry.parameters;
  const factorId = newId(now);
  return {
    pool_id: poolId,
    user_id: entry.userId,
    factor_id: factorId,
    type,
    algorithm,
    digits,
    period_seconds: periodSeconds,
    counter: usedUp.counter,
    sealed_seed: sealer.sealSeed(entry.seed, { poolId, userId: entry.userId, factorId, ...entry.parameters }),
    drift_steps: 0,
    last_step: usedUp.lastStep,
    failures: usedUp.failures,
    throttled_until: usedUp.throttledUntil,
    source: origin.source,
    imported_by: origin.importedBy,
    import_id: origin.importId,
    created_at: now,
    updated_at: now,
    last_used_at: null,
  };
}
