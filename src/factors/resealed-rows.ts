import type { FactorTable, RecoveryCodeTable } from '../store/schema.ts';
import type { Sealer } from '../vault/vault.ts';
import { parametersOf } from './open-factor-seed.ts';

/*
 * Rows that go from one table to another take their sealed value along sealed anew, in the transaction that moves them: a
 * rotation that has gone through the second table already would not meet an old one there.
 */

/** @throws `seal_broken` */
export function resealedFactor(sealer: Sealer, factor: FactorTable): FactorTable {
  const { pool_id: poolId, user_id: userId, factor_id: factorId } = factor;
  const binding = { poolId, userId, factorId, ...parametersOf(factor) };
  return { ...factor, sealed_seed: sealer.resealSeed(factor.sealed_seed, binding) };
}

/** @throws `seal_broken` */
export function resealedCode(sealer: Sealer, code: RecoveryCodeTable): RecoveryCodeTable {
  const { pool_id: poolId, user_id: userId, code_id: codeId } = code;
  return { ...code, sealed_digest: sealer.resealRecoveryDigest(code.sealed_digest, { poolId, userId, codeId }) };
}
