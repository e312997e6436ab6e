import { SERVICE_ACTOR } from './audit/service-actor.ts';
import { CHAIN_BEGAN } from './audit/verify-writer.ts';
import type { Queries } from './store/queries/index.ts';
import type { Store } from './store/store.ts';
import { createRingKeys, openKeyRing, type WrappedRingKey } from './vault/key-ring.ts';
import type { MasterKey } from './vault/master-key.ts';
import { createVault } from './vault/vault.ts';

/** Gives the ring of an older program a key for every purpose that is new. */
export async function completeRing(
  masterKey: MasterKey,
  store: Store,
  wrappedKeys: readonly WrappedRingKey[],
  clock: () => number,
): Promise<readonly WrappedRingKey[]> {
  if ((await createRingKeys(masterKey, wrappedKeys)).length === 0) return wrappedKeys;
  // Another master key must not get into the ring beside the right one.
  await openKeyRing(masterKey, wrappedKeys);
  return store.transaction(async (queries) => {
    await queries.bulk.lockPool('key ring', 'exclusive');
    const current = await queries.ringKeys.list();
    const added = await createRingKeys(masterKey, current);
    const completed = [...current, ...added];
    if (added.length > 0) await queries.ringKeys.insert(added, clock());
    if (added.some(({ purpose }) => purpose === 'audit'))
      await beginChains(queries, masterKey, completed, store, clock);
    return completed;
  });
}

/** What the audit log held before it was chained is counted in the first chain, so that nothing can be added to it. */
async function beginChains(
  queries: Queries,
  masterKey: MasterKey,
  wrappedKeys: readonly WrappedRingKey[],
  store: Store,
  clock: () => number,
): Promise<void> {
  store.chainAudit(createVault(await openKeyRing(masterKey, wrappedKeys)).auditDigest);
  const detail = JSON.stringify({ olderEvents: await queries.auditChain.countUnchained() });
  const { poolId, id, address, requestId } = SERVICE_ACTOR;
  const who = { pool_id: poolId, actor: id, address, request_id: requestId, user_id: null };
  await queries.audit.append([{ ...who, at: clock(), action: CHAIN_BEGAN, result: 'ok', detail }]);
}
