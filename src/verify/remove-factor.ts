import type { Queries } from '../store/queries/index.ts';
import type { FactorTable } from '../store/schema.ts';

/**
 * Takes a factor away with its recovery codes, in the caller's transaction: the one place where a factor goes and its
 * user stays, so what has to be remembered of a factor that is gone is to be remembered here.
 *
 * @returns whether this call did it; `false` where the user no longer has this factor
 */
export async function removeFactor(queries: Queries, factor: FactorTable): Promise<boolean> {
  const { pool_id: poolId, user_id: userId, factor_id: factorId } = factor;
  // The factor first, as imports do: it is the row that those who change a factor wait for each other at.
  if (!(await queries.factors.deleteOne(poolId, userId, factorId))) return false;
  await queries.bulk.deleteRecoveryCodes(poolId, [userId]);
  return true;
}
