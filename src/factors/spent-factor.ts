import { FactorportError } from '../errors/error.ts';
import { Seed } from '../otp/seed.ts';
import type { Queries } from '../store/queries/index.ts';
import type { FactorTable, SpentFactorTable } from '../store/schema.ts';
import type { Vault } from '../vault/vault.ts';
import { openFactorSeed, type SealedFactor } from './open-factor-seed.ts';

/** The columns of a factor that say what it has used up, and those that open its seed. */
export type RetiringFactor = SealedFactor & Pick<FactorTable, 'counter' | 'last_step'>;

/**
 * Remembers what factors that are about to go have used up, so that importing the same seed again makes no used code
 * good. In the transaction that takes them away.
 */
export async function rememberSpent(
  queries: Queries,
  vault: Vault,
  factors: readonly RetiringFactor[],
  now: number,
): Promise<void> {
  await vault.learn(factors.map((factor) => factor.sealed_seed));
  const rows = factors.map((factor) => spentFactor(vault, factor, now)).filter((row) => row !== undefined);
  if (rows.length > 0) await queries.factors.insertSpent(rows);
}

/** @returns `undefined` where nothing was used */
export function spentFactor(vault: Vault, factor: RetiringFactor, now: number): SpentFactorTable | undefined {
  const { pool_id, user_id, factor_id, type, counter } = factor;
  const usedUntil = type === 'totp' ? endOfStep(factor.last_step, factor.period_seconds) : 0;
  if (usedUntil === 0 && counter === 0) return undefined;
  const seed = openIfWhole(vault, factor);
  const seedDigest = vault.digestSeed(seed, { poolId: pool_id, userId: user_id });
  seed.wipe();
  return { pool_id, user_id, factor_id, seed_digest: seedDigest, used_until: usedUntil, counter, retired_at: now };
}

/**
 * A seal that is broken must not keep a help desk from taking the factor away. Used time stays used whatever the seed;
 * the counter is recognised by none, as no seed is empty.
 */
function openIfWhole(vault: Vault, factor: RetiringFactor): Seed {
  try {
    return openFactorSeed(vault, factor);
  } catch (error) {
    if (error instanceof FactorportError && error.code === 'seal_broken') return new Seed(new Uint8Array(0));
    throw error;
  }
}

/** When a time step ends, in milliseconds since 1970; 0 for the step -1, which stands for none. */
export function endOfStep(step: number, periodSeconds: number): number {
  return (step + 1) * periodSeconds * 1000;
}

/** The last time step that lies, wholly or in part, before an instant; -1 for the instant 0. */
export function lastStepBefore(timeMs: number, periodSeconds: number): number {
  return Math.ceil(timeMs / (periodSeconds * 1000)) - 1;
}
