import { FactorportError } from '../errors/error.ts';
import { KEY_BYTES, lockKey, randomBytes } from './cipher.ts';
import type { MasterKey } from './master-key.ts';

/**
 * What a key of the ring is for. `seal` keys are replaced by rotation; a `digest` key must outlive every recovery code
 * digested with it, because a digest cannot be made again without the code; `token` keys sign management tokens; the
 * `audit` key chains the events of the audit log and must outlive them, so there is one.
 */
export const KEY_PURPOSES = ['seal', 'digest', 'token', 'audit'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** A ring key as the database keeps it: wrapped by the master key. */
export interface WrappedRingKey {
  readonly keyId: number;
  readonly purpose: KeyPurpose;
  readonly wrappedKey: Uint8Array;
}

interface RingKey {
  readonly keyId: number;
  readonly key: Uint8Array;
}

/** The unwrapped keys of one database, in locked memory. */
export interface KeyRing {
  /** The newest key of a purpose: the one new values are made with. */
  current(purpose: KeyPurpose): RingKey;
  /** @throws `seal_broken` where the ring has no such key */
  byId(keyId: number, purpose: KeyPurpose): Uint8Array;
}

/** Makes the first key of every purpose for which a ring has none. */
export async function createRingKeys(
  masterKey: MasterKey,
  existing: readonly WrappedRingKey[] = [],
): Promise<WrappedRingKey[]> {
  const lastId = Math.max(0, ...existing.map(({ keyId }) => keyId));
  const missing = KEY_PURPOSES.filter((purpose) => existing.every((key) => key.purpose !== purpose));
  return Promise.all(
    missing.map(async (purpose, index) => {
      const keyId = lastId + index + 1;
      const key = lockKey(randomBytes(KEY_BYTES));
      return { keyId, purpose, wrappedKey: await masterKey.wrap(key, wrappingContext(keyId, purpose)) };
    }),
  );
}

/** @throws `master_key_wrong` where the master key does not open every key of the ring */
export async function openKeyRing(masterKey: MasterKey, wrappedKeys: readonly WrappedRingKey[]): Promise<KeyRing> {
  const keys = new Map<number, { purpose: KeyPurpose; key: Uint8Array }>();
  for (const { keyId, purpose, wrappedKey } of wrappedKeys) {
    const key = await masterKey.unwrap(wrappedKey, wrappingContext(keyId, purpose));
    if (key === undefined) throw new FactorportError('master_key_wrong');
    keys.set(keyId, { purpose, key: lockKey(key) });
  }
  const newest = new Map<KeyPurpose, RingKey>();
  for (const [keyId, { purpose, key }] of keys) {
    if (keyId > (newest.get(purpose)?.keyId ?? 0)) newest.set(purpose, { keyId, key });
  }
  return {
    current(purpose) {
      const key = newest.get(purpose);
      if (key === undefined) throw new FactorportError('seal_broken');
      return key;
    },
    byId(keyId, purpose) {
      const entry = keys.get(keyId);
      if (entry?.purpose !== purpose) throw new FactorportError('seal_broken');
      return entry.key;
    },
  };
}

function wrappingContext(keyId: number, purpose: KeyPurpose): Buffer {
  return Buffer.from(JSON.stringify(['factorport/1/ring-key', keyId, purpose]));
}
