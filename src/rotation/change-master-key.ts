import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import type { Store } from '../store/store.ts';
import { opensRingKey, rewrapRingKey, type WrappedRingKey } from '../vault/key-ring.ts';
import { createMasterKeyFile, moveIntoPlace, newFileOf, readMasterKeyFile } from '../vault/master-key/file.ts';
import { firstOf } from '../vault/master-key/several.ts';
import type { MasterKey } from '../vault/master-key.ts';
import { isSameRing } from './ring.ts';

/** The master keys of an installation, as a change of the master key sees them. */
export interface MasterKeySetting {
  /** Absent where it should be in the file and the file is not there. */
  readonly present: MasterKey | undefined;
  readonly previous: MasterKey | undefined;
  /** Where the file is, unless the settings name another place. */
  readonly file: string | undefined;
}

export interface MasterKeyChange {
  /** Where the master key now is. */
  readonly source: string;
  /** How many ring keys were wrapped anew; 0 where all were wrapped by this master key already. */
  readonly rewrapped: number;
  /** The file in which the master key before is kept, where it was in a file. */
  readonly keptFile?: string | undefined;
}

interface Dependencies {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly clock: () => number;
  readonly setting: MasterKeySetting;
}

/**
 * Puts another master key in the place of the one that wraps the ring. Where the key is in a file, a new one is made;
 * otherwise, and where a previous one is named, it is the one that the settings name. Ring keys stay what they are, so
 * nothing is sealed anew and no running process notices.
 */
export async function changeMasterKey(dependencies: Dependencies, actor: Actor): Promise<MasterKeyChange> {
  const { setting } = dependencies;
  if (setting.file === undefined || setting.previous !== undefined) {
    const target = setting.present ?? (await createMasterKeyFile(setting.file as string));
    return { source: target.source, rewrapped: await rewrapAll(dependencies, target, actor) };
  }
  await completeChange(dependencies.store, setting.file);
  // One that a killed change has left behind has wrapped nothing, and is as good as a new one.
  const target = await createMasterKeyFile(newFileOf(setting.file));
  const rewrapped = await rewrapAll(dependencies, target, actor);
  const keptFile = await completeChange(dependencies.store, setting.file);
  return { source: setting.file, rewrapped, keptFile };
}

/**
 * Finishes a change of the master key file that was broken off: where the next key, and not the present one, opens the
 * ring, it takes its place. In a transaction only because of its lock: two processes must not do this at once.
 *
 * @returns where the key before is kept, if this call has moved it
 */
export async function completeChange(store: Store, file: string): Promise<string | undefined> {
  if ((await readMasterKeyFile(newFileOf(file))) === undefined) return undefined;
  return store.transaction(async (queries) => {
    await queries.bulk.lockPool('key ring', 'exclusive');
    const [present, next] = [await readMasterKeyFile(file), await readMasterKeyFile(newFileOf(file))];
    const newest = (await queries.ringKeys.list()).at(-1);
    if (next === undefined || newest === undefined) return undefined;
    if (present !== undefined && (await opensRingKey(present, newest))) return undefined;
    return (await opensRingKey(next, newest)) ? moveIntoPlace(file) : undefined;
  });
}

/** Wraps every ring key by the target in one transaction. @returns how many were not yet */
async function rewrapAll({ store, audit, setting }: Dependencies, target: MasterKey, actor: Actor): Promise<number> {
  const known = [setting.present, setting.previous].filter((key) => key !== undefined);
  const from = firstOf([target, ...known]);
  for (;;) {
    const ring = await store.read.ringKeys.list();
    // Asked outside the transaction: a key management service may take its time.
    const changes = (await Promise.all(ring.map((key) => rewrapUnlessDone(key, from, target)))).filter(
      (key) => key !== undefined,
    );
    if (changes.length === 0) return 0;
    const done = await store.transaction(async (queries) => {
      await queries.bulk.lockPool('key ring', 'exclusive');
      if (!isSameRing(ring, await queries.ringKeys.list())) return false;
      await queries.ringKeys.rewrap(changes);
      const detail = { source: target.source, rewrapped: changes.length };
      await queries.audit.append([audit.stamp(actor, { action: 'vault.change-master-key', result: 'ok', detail })]);
      return true;
    });
    if (done) return changes.length;
  }
}

/** @throws `master_key_wrong` where none of the known master keys has wrapped it */
async function rewrapUnlessDone(
  key: WrappedRingKey,
  from: MasterKey,
  target: MasterKey,
): Promise<WrappedRingKey | undefined> {
  if (await opensRingKey(target, key)) return undefined;
  const rewrapped = await rewrapRingKey(key, from, target);
  if (rewrapped === undefined) throw new FactorportError('master_key_wrong');
  return rewrapped;
}
