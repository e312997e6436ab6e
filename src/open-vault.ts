import { completeRing } from './complete-ring.ts';
import { type Config, masterKeyPath } from './config.ts';
import { FactorportError } from './errors/error.ts';
import { asOne, findMasterKeys } from './find-master-key.ts';
import { completeChange, type MasterKeySetting } from './rotation/change-master-key.ts';
import type { Store } from './store/store.ts';
import { createRingKeys, openKeyRing } from './vault/key-ring.ts';
import { createMasterKeyFile } from './vault/master-key/file.ts';
import type { MasterKey } from './vault/master-key.ts';
import { createVault, type Vault } from './vault/vault.ts';

export interface OpenedVault {
  readonly vault: Vault;
  readonly setting: MasterKeySetting;
  /** Whether this call made the key ring. */
  readonly isFirstStart: boolean;
}

/**
 * Opens the key ring, or makes it where the database has none. A master key is made only together with a ring: a new
 * one beside an existing ring would hide that the old one is missing.
 *
 * @throws `master_key_missing`, `master_key_wrong`, and what finding the master key throws
 */
export async function openVault(config: Config, store: Store, clock: () => number): Promise<OpenedVault> {
  let isFirstStart = false;
  const file = (config.masterKey ?? config.masterKeyUri) ? undefined : masterKeyPath(config);
  if (file !== undefined) await completeChange(store, file);
  let masterKeys = await findMasterKeys(config);
  // Read after the file: a change of the master key in between then meets a key that can read the file again.
  let wrappedKeys = await store.read.ringKeys.list();
  // Another process may have made both since the file was looked for.
  if (masterKeys.present === undefined && wrappedKeys.length > 0) masterKeys = await findMasterKeys(config);
  if (wrappedKeys.length === 0) {
    if (masterKeys.present === undefined) {
      await createMasterKeyFile(masterKeyPath(config));
      masterKeys = await findMasterKeys(config);
    }
    const newKeys = await createRingKeys(masterKeys.present as MasterKey);
    wrappedKeys = await store.transaction(async (queries) => {
      await queries.bulk.lockPool('key ring', 'exclusive');
      const madeByAnother = await queries.ringKeys.list();
      isFirstStart = madeByAnother.length === 0;
      if (!isFirstStart) return madeByAnother;
      await queries.ringKeys.insert(newKeys, clock());
      return newKeys;
    });
  }
  const masterKey = asOne(masterKeys);
  if (masterKey === undefined) {
    throw new FactorportError('master_key_missing', { parameters: { path: masterKeyPath(config) } });
  }
  const completed = await completeRing(masterKey, store, wrappedKeys, clock);
  const ring = await openKeyRing(masterKey, completed, () => store.read.ringKeys.list());
  const vault = createVault(ring);
  store.chainAudit(vault.auditDigest);
  return { vault, setting: { ...masterKeys, file }, isFirstStart };
}
