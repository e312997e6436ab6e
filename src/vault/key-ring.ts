import { FactorportError } from '../errors/error.ts';
import { KEY_BYTES, lockKey, randomBytes, wipe } from './cipher.ts';
import type { MasterKey } from './master-key.ts';

/**
 * What a key of the ring is for. `seal` keys are replaced by rotation; a `digest` key must outlive every recovery code
 * digested with it, because a digest cannot be made again without the code; `token` keys sign tokens; the
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

export interface RingKey {
  readonly keyId: number;
  readonly key: Uint8Array;
}

/** The unwrapped keys of one database, in locked memory. */
export interface KeyRing {
  /** The newest key of a purpose: the one new values are made with. */
  current(purpose: KeyPurpose): RingKey;
  /** @throws `seal_broken` where the ring has no such key */
  byId(keyId: number, purpose: KeyPurpose): Uint8Array;
  /** Whether there is such a key, of whatever purpose unless one is named. */
  has(keyId: number, purpose?: KeyPurpose): boolean;
  /**
   * Takes the keys as the database has them now: another process may have made or destroyed some. Nothing is unwrapped
   * again that is here already, so this works while the master key is away.
   *
   * @throws `unavailable` where a new key cannot be unwrapped
   */
  reload(): Promise<void>;
  /**
   * Takes those keys that are not here, as a transaction reads them on its own connection: transactions that waited for
   * {@link KeyRing.reload} could hold every connection that it needs.
   *
   * @throws `unavailable` where a new key cannot be unwrapped
   */
  learn(read: () => Promise<readonly WrappedRingKey[]>): Promise<void>;
}

/**
 * For so long a destroyed key stays in memory after this process has learnt of it: a value that was read just before it
 * was sealed anew must still open. No value is read so long before it is opened.
 */
const KEPT_AFTER_DESTRUCTION_MS = 30_000;

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

/** Makes a further key, to be the newest of its purpose. */
export async function createRingKey(masterKey: MasterKey, keyId: number, purpose: KeyPurpose): Promise<WrappedRingKey> {
  const key = lockKey(randomBytes(KEY_BYTES));
  const wrappedKey = await masterKey.wrap(key, wrappingContext(keyId, purpose));
  wipe(key);
  return { keyId, purpose, wrappedKey };
}

/** @returns the same key wrapped by another master key, `undefined` where the first one did not wrap it */
export async function rewrapRingKey(
  { keyId, purpose, wrappedKey }: WrappedRingKey,
  from: MasterKey,
  to: MasterKey,
): Promise<WrappedRingKey | undefined> {
  const context = wrappingContext(keyId, purpose);
  const key = await from.unwrap(wrappedKey, context);
  if (key === undefined) return undefined;
  const rewrapped = await to.wrap(key, context);
  wipe(key);
  return { keyId, purpose, wrappedKey: rewrapped };
}

/** Tells whether this master key wrapped the key. */
export async function opensRingKey(
  masterKey: MasterKey,
  { keyId, purpose, wrappedKey }: WrappedRingKey,
): Promise<boolean> {
  const key = await masterKey.unwrap(wrappedKey, wrappingContext(keyId, purpose));
  if (key !== undefined) wipe(key);
  return key !== undefined;
}

/**
 * @param readAgain how {@link KeyRing.reload} reads what the database has
 * @throws `master_key_wrong` where the master key does not open every key of the ring
 */
export async function openKeyRing(
  masterKey: MasterKey,
  wrappedKeys: readonly WrappedRingKey[],
  readAgain: () => Promise<readonly WrappedRingKey[]> = async () => wrappedKeys,
): Promise<KeyRing> {
  const keys = new Map<number, { purpose: KeyPurpose; key: Uint8Array }>();
  const newest = new Map<KeyPurpose, RingKey>();

  async function unwrap({ keyId, purpose, wrappedKey }: WrappedRingKey): Promise<void> {
    if (keys.has(keyId)) return;
    const key = await masterKey.unwrap(wrappedKey, wrappingContext(keyId, purpose));
    if (key === undefined) throw new FactorportError('master_key_wrong');
    // Two may have unwrapped it at the same time; whoever has the first one keeps it.
    if (keys.has(keyId)) wipe(key);
    else keys.set(keyId, { purpose, key: lockKey(key) });
  }

  function raiseNewest({ keyId, purpose }: WrappedRingKey): void {
    const key = keys.get(keyId)?.key;
    if (key !== undefined && keyId > (newest.get(purpose)?.keyId ?? 0)) newest.set(purpose, { keyId, key });
  }

  async function take(wanted: readonly WrappedRingKey[]): Promise<void> {
    for (const key of wanted) await unwrap(key);
    const there = new Set(wanted.map(({ keyId }) => keyId));
    newest.clear();
    for (const key of wanted) raiseNewest(key);
    for (const keyId of keys.keys()) {
      if (there.has(keyId)) keepAfterAll(keyId);
      else forgetLater(keyId);
    }
  }

  const forgetting = new Map<number, NodeJS.Timeout>();
  function forgetLater(keyId: number): void {
    if (forgetting.has(keyId)) return;
    const timer = setTimeout(() => {
      wipe(keys.get(keyId)?.key ?? new Uint8Array(0));
      keys.delete(keyId);
      forgetting.delete(keyId);
    }, KEPT_AFTER_DESTRUCTION_MS).unref();
    forgetting.set(keyId, timer);
  }

  /** A key that was learnt while an older list was being taken is missing from that list, and is in the next one. */
  function keepAfterAll(keyId: number): void {
    clearTimeout(forgetting.get(keyId));
    forgetting.delete(keyId);
  }

  async function unlessUnavailable(work: Promise<void>): Promise<void> {
    await work.catch((cause: unknown) => {
      throw new FactorportError('unavailable', { cause });
    });
  }

  await take(wrappedKeys);
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
    has: (keyId, purpose) => keys.has(keyId) && (purpose === undefined || keys.get(keyId)?.purpose === purpose),
    reload: oneAtATime(async () => {
      await unlessUnavailable(take(await readAgain()));
    }),
    async learn(read) {
      for (const key of await read()) {
        await unlessUnavailable(unwrap(key));
        raiseNewest(key);
      }
    },
  };
}

/** Whoever asks while the work is under way shares the next round, which begins after it asked. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  function run(): Promise<void> {
    if (running === undefined) {
      running = work().finally(() => {
        running = undefined;
      });
      return running;
    }
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return run();
      });
    return next;
  }
  return run;
}

function wrappingContext(keyId: number, purpose: KeyPurpose): Buffer {
  return Buffer.from(JSON.stringify(['factorport/1/ring-key', keyId, purpose]));
}
