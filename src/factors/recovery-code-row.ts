import { newId } from '../ids.ts';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import type { RecoveryCodeTable } from '../store/schema.ts';
import type { Sealer } from '../vault/vault.ts';

/** Turns a recovery code into a row from which it cannot be read back. */
export function recoveryCodeRow(
  sealer: Sealer,
  code: RecoveryCode,
  owner: { readonly poolId: string; readonly userId: string; readonly factorId: string },
  origin: RecoveryCodeTable['origin'],
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
    origin,
    hardening: code.isStrong ? 'unneeded' : 'due',
  };
}
