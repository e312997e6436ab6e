import type { Queries } from '../store/queries/index.ts';
import type { Sealer, Vault } from '../vault/vault.ts';

/**
 * Begins to seal values that this transaction will write: the only way to a {@link Sealer}. It keeps the newest seal key
 * from being destroyed until the transaction ends, so no value outlives its key. Best called before the transaction
 * locks rows.
 *
 * A sealed value is never copied from one row to another: open it, and seal it again.
 */
export async function beginSealing(queries: Queries, vault: Vault): Promise<Sealer> {
  const { ringKeys } = queries;
  return vault.sealer(await ringKeys.holdSealKey(vault.sealKeyId()), () => ringKeys.list());
}
