import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import { newId } from '../ids.ts';
import type { Queries } from '../store/queries/index.ts';
import type { VaultRotationTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { createRingKey, type WrappedRingKey } from '../vault/key-ring.ts';
import type { MasterKey } from '../vault/master-key.ts';
import type { Vault } from '../vault/vault.ts';
import { type Position, resealBatch } from './reseal-batch.ts';
import { isSameRing, wrapperOf } from './ring.ts';
import { beginSealing } from './sealing.ts';

/**
 * Rotation of the seal keys: a new key, with which everything is sealed from then on; the rest is sealed anew in the
 * background; then the old keys are destroyed. See "Key rotation" in ARCHITECTURE.md for why no value outlives its key.
 */
export interface KeyRotation {
  /**
   * Makes a new seal key, with which every process seals from now on, and a new token key. The rest is {@link KeyRotation.step}'s.
   *
   * @throws `rotation_under_way`
   */
  start(actor: Actor): Promise<void>;
  /** Does the next piece of a rotation that is under way, whoever began it. */
  step(): Promise<StepResult>;
  /**
   * Destroys token keys as soon as every token that they have signed has expired. They wait for nothing else, so this
   * is no part of a rotation.
   */
  destroyTokenKeys(): Promise<void>;
  /** Works until no rotation is under way, or nothing more can be done at it. */
  finish(): Promise<StepResult>;
}

/**
 * `idle`: there is none. `busy`: another process is working at it, or still writing with the old key. `worked`: there is more to do. `stuck`: only values
 * are left that do not open, and as long as they are there, their key stays. `finished`: it is done, by this step.
 */
export type StepResult = 'idle' | 'busy' | 'worked' | 'stuck' | 'finished';

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  /** The master keys that may have wrapped the ring. */
  readonly masterKeys: readonly MasterKey[];
  readonly audit: AuditLog;
  readonly clock: () => number;
  /** How long a token is good after it was signed. */
  readonly tokenLifetimeMs: number;
}

const BUSY_PAUSE_MS = 100;
/** So long at most a process that cannot read the ring may go on signing tokens with a key that is not the newest. */
const TOKEN_KEY_MARGIN_MS = 600_000;

export function createKeyRotation({
  store,
  vault,
  masterKeys,
  audit,
  clock,
  tokenLifetimeMs,
}: Dependencies): KeyRotation {
  async function start(actor: Actor): Promise<void> {
    for (;;) {
      if ((await store.read.rotations.findUnfinished()) !== undefined) throw new FactorportError('rotation_under_way');
      const ring = await store.read.ringKeys.list();
      // Not with the next one while the master key is being changed: processes may be running that do not have it.
      const masterKey = await wrapperOf(ring, masterKeys);
      const next = 1 + Math.max(...ring.map(({ keyId }) => keyId));
      const newKeys = [
        await createRingKey(masterKey, next, 'seal'),
        await createRingKey(masterKey, next + 1, 'token'),
      ] as const;
      // Wrapped outside the transaction: a key management service may take its time. And alone in it: nobody may seal
      // with a key that is not committed.
      if (await store.transaction((queries) => insert(queries, actor, ring, newKeys), 'alone')) break;
    }
    await vault.reload();
  }

  /** @returns whether the ring is still the one that the new keys were made for */
  async function insert(
    queries: Queries,
    actor: Actor,
    ring: readonly WrappedRingKey[],
    newKeys: readonly [seal: WrappedRingKey, token: WrappedRingKey],
  ): Promise<boolean> {
    await queries.bulk.lockPool('key ring', 'exclusive');
    if (!isSameRing(ring, await queries.ringKeys.list())) return false;
    if ((await queries.rotations.findUnfinished()) !== undefined) throw new FactorportError('rotation_under_way');
    const retired = ring.filter(({ purpose }) => purpose === 'seal').map(({ keyId }) => keyId);
    const [newKey] = newKeys;
    await queries.ringKeys.insert(newKeys, clock());
    await queries.rotations.insert({
      rotation_id: newId(clock()),
      new_key_id: newKey.keyId,
      retired_key_ids: retired.join(' '),
      started_by: actor.id,
      started_at: clock(),
      fenced_at: null,
      pass: 1,
      position_table: '',
      position_key: '[]',
      resealed: 0,
      met: 0,
      broken: 0,
      finished_at: null,
    });
    const detail = { newKeyId: newKey.keyId, retiredKeyIds: retired };
    await queries.audit.append([audit.stamp(actor, { action: 'vault.rotate', result: 'ok', detail })]);
    return true;
  }

  /** Once every transaction that may still seal with a retired key has ended. */
  async function fence(queries: Queries, rotation: VaultRotationTable): Promise<StepResult> {
    for (const keyId of retiredKeys(rotation)) if (!(await queries.ringKeys.isFree(keyId))) return 'busy';
    await queries.rotations.update(rotation.rotation_id, { fenced_at: clock() });
    return 'worked';
  }

  async function step(): Promise<StepResult> {
    if ((await store.read.rotations.findUnfinished()) === undefined) return 'idle';
    const result = await store.transaction(async (queries) => {
      const claimed = await queries.rotations.claim();
      if (claimed === undefined) return 'busy';
      return claimed.fenced_at === null ? fence(queries, claimed) : goOn(queries, claimed);
    });
    if (result === 'finished') await vault.reload();
    return result;
  }

  async function goOn(queries: Queries, rotation: VaultRotationTable): Promise<StepResult> {
    const sealer = await beginSealing(queries, vault);
    const retired = new Set(retiredKeys(rotation));
    const done = await resealBatch(queries, vault, sealer, retired, positionOf(rotation), store.engine);
    const resealed = rotation.resealed + done.resealed;
    const met = rotation.met + done.met;
    const broken = rotation.broken + done.broken;
    if (done.position === undefined && met === 0) {
      await destroy(queries, { ...rotation, resealed });
      return 'finished';
    }
    const isLast = done.position === undefined;
    await queries.rotations.update(rotation.rotation_id, {
      resealed,
      pass: rotation.pass + (isLast ? 1 : 0),
      position_table: done.position?.table ?? '',
      position_key: JSON.stringify(done.position?.key ?? []),
      met: isLast ? 0 : met,
      broken,
      ...(rotation.position_table === '' ? { broken: done.broken } : {}),
    });
    return isLast && met === broken ? 'stuck' : 'worked';
  }

  /** A whole pass has met nothing that the old keys have sealed, and nobody can seal with them any more. */
  async function destroy(queries: Queries, rotation: VaultRotationTable): Promise<void> {
    const { rotation_id: id, new_key_id: newKeyId, resealed, started_by: startedBy } = rotation;
    const destroyedKeyIds = retiredKeys(rotation);
    await queries.ringKeys.delete(destroyedKeyIds);
    await queries.rotations.update(id, { resealed, finished_at: clock(), broken: 0 });
    const pool = await queries.pools.findDefault();
    const actor = { poolId: pool?.pool_id ?? '', id: startedBy, address: '', requestId: id };
    const detail = { newKeyId, destroyedKeyIds, resealed };
    await queries.audit.append([audit.stamp(actor, { action: 'vault.rotation-finished', result: 'ok', detail })]);
  }

  async function finish(): Promise<StepResult> {
    for (;;) {
      const result = await step();
      if (result === 'worked') await setImmediate();
      else if (result === 'busy') await setTimeout(BUSY_PAUSE_MS);
      else return result;
    }
  }

  async function destroyTokenKeys(): Promise<void> {
    const ring = await store.read.ringKeys.list();
    const madeAt = await store.read.ringKeys.creationTimes();
    const tokenKeys = ring.filter(({ purpose }) => purpose === 'token').map(({ keyId }) => keyId);
    const expired = tokenKeys.filter((_, index) => {
      const successor = madeAt.get(tokenKeys[index + 1] ?? 0);
      return successor !== undefined && successor + tokenLifetimeMs + TOKEN_KEY_MARGIN_MS < clock();
    });
    if (expired.length === 0) return;
    await store.transaction((queries) => queries.ringKeys.delete(expired));
    await vault.reload();
  }

  return { start, step, finish, destroyTokenKeys };
}

function retiredKeys({ retired_key_ids: ids }: VaultRotationTable): number[] {
  return ids.split(' ').map(Number);
}

function positionOf({ position_table: table, position_key: key }: VaultRotationTable): Position | undefined {
  return table === '' ? undefined : { table: table as Position['table'], key: JSON.parse(key) as string[] };
}
