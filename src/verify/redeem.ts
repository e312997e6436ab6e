import { recoveryCodeRow } from '../factors/recovery-code-row.ts';
import { generateRecoveryCode, parseRecoveryCode, type RecoveryCode } from '../otp/recovery-code.ts';
import type { Queries } from '../store/queries/index.ts';
import type { FactorTable, RecoveryCodeTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Sealer, Vault } from '../vault/vault.ts';

/** A code that a user has, with every row that holds it: an import may have brought it a second time. */
export interface Redemption {
  readonly code: RecoveryCode;
  readonly rows: readonly RecoveryCodeTable[];
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** @returns `used` for a code that was used before or revoked, `unknown` for none of the user's, `no-codes` without any */
export async function recogniseRecoveryCode(
  { store, vault }: Dependencies,
  factor: FactorTable,
  code: RecoveryCode,
): Promise<Redemption | 'used' | 'unknown' | 'no-codes'> {
  const { pool_id: poolId, user_id: userId } = factor;
  const stored = await store.read.recoveryCodes.list(poolId, userId);
  if (stored.length === 0) return 'no-codes';
  await vault.learn(stored.map((row) => row.sealed_digest));
  const digests = stored.map(({ code_id, sealed_digest, used_at }) => ({
    codeId: code_id,
    sealed: sealed_digest,
    isUsed: used_at !== null,
  }));
  const found = new Set(await vault.findRecoveryCode(code, digests, { poolId, userId }));
  const rows = stored.filter((row) => found.has(row.code_id));
  if (rows.length === 0) return 'unknown';
  return rows.some((row) => row.used_at !== null) ? 'used' : { code, rows };
}

/**
 * Uses a recovery code up and puts a fresh one in its place, in the caller's transaction.
 *
 * @returns the fresh code in clear, or `undefined` where another call has used the code first
 */
export async function redeem(
  randomBytes: Dependencies['randomBytes'],
  queries: Queries,
  sealer: Sealer,
  { code, rows }: Redemption,
  now: number,
): Promise<string | undefined> {
  for (const row of rows) {
    const { pool_id: poolId, user_id: userId, code_id: codeId } = row;
    // Without the Argon2id layer, which a used code no longer needs, so that an import recognises it at once.
    const spentDigest = sealer.sealRecoveryCode(code, { poolId, userId, codeId });
    if (!(await queries.recoveryCodes.use(row, spentDigest, now))) return undefined;
  }
  const { pool_id: poolId, user_id: userId, factor_id: factorId } = rows[0] as RecoveryCodeTable;
  const fresh = generateRecoveryCode(randomBytes);
  const parsed = parseRecoveryCode(fresh) as RecoveryCode;
  await queries.recoveryCodes.insert([recoveryCodeRow(sealer, parsed, { poolId, userId, factorId }, 'fresh', now)]);
  return fresh;
}
