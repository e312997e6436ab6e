import type { Queries } from '../store/queries/index.ts';
import type { Vault } from '../vault/vault.ts';
import { rememberSpent } from './spent-factor.ts';

/**
 * Takes away the factors of users with the recovery codes that are left, inside the caller's transaction. What was used
 * stays known, so that nothing used becomes good again if the same factor is imported later.
 *
 * @returns how many users had a factor
 */
export async function removeFactors(
  queries: Queries,
  vault: Vault,
  poolId: string,
  userIds: readonly string[],
  now: number,
): Promise<number> {
  const factors = await queries.factors.findForUpdate(poolId, userIds);
  await rememberSpent(queries, vault, factors, now);
  await queries.bulk.deleteUnusedRecoveryCodes(poolId, userIds);
  await queries.factors.delete(poolId, userIds);
  return factors.length;
}
