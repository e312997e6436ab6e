import type { OtpParameters } from '../otp/parameters.ts';
import type { Seed } from '../otp/seed.ts';
import type { FactorTable } from '../store/schema.ts';
import type { Vault } from '../vault/vault.ts';

/** The columns by which a seed opens: it is bound to all of them. */
export type SealedFactor = Pick<
  FactorTable,
  'pool_id' | 'user_id' | 'factor_id' | 'type' | 'algorithm' | 'digits' | 'period_seconds' | 'sealed_seed'
>;

/** What decides a factor's codes beside its seed. */
export function parametersOf(factor: Omit<SealedFactor, 'sealed_seed'>): OtpParameters {
  const { type, algorithm, digits, period_seconds: periodSeconds } = factor;
  return { type, algorithm, digits, periodSeconds };
}

/** Opens the seed of a stored factor; the caller wipes it. @throws `seal_broken` */
export function openFactorSeed(vault: Vault, factor: SealedFactor): Seed {
  const { pool_id: poolId, user_id: userId, factor_id: factorId } = factor;
  return vault.openSeed(factor.sealed_seed, { poolId, userId, factorId, ...parametersOf(factor) });
}
