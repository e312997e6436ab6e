import type { KeyPurpose, WrappedRingKey } from '../../vault/key-ring.ts';
import type { HeldSealKey } from '../../vault/sealed.ts';
import type { QueryContext } from './context.ts';

/** Advisory locks are named by texts. */
const lockOf = (keyId: number) => `seal key ${keyId}`;

export function ringKeyQueries({ database, bulk }: QueryContext) {
  async function newestId(purpose: KeyPurpose): Promise<number> {
    const row = await database
      .selectFrom('ring_key')
      .select((builder) => builder.fn.max<number | null>('key_id').as('newest'))
      .where('purpose', '=', purpose)
      .executeTakeFirst();
    return Number(row?.newest ?? 0);
  }

  return {
    /**
     * Keeps the newest seal key until the transaction ends. It is locked first and then found to be the newest still,
     * so whoever makes a newer one and then gets the lock of this one knows that nobody seals with it any more.
     *
     * @param guess the id it had when it was last looked at
     */
    async holdSealKey(guess: number): Promise<HeldSealKey> {
      for (let keyId = guess; ; ) {
        await bulk.lockPool(lockOf(keyId), 'shared');
        const newest = await newestId('seal');
        if (newest === keyId) return keyId as HeldSealKey;
        keyId = newest;
      }
    },
    /**
     * Tells whether no transaction holds the key any more; from then on none will, where a newer one is there. Asked
     * and not waited for: whoever waits would keep a process from ending that is told to.
     */
    async isFree(keyId: number): Promise<boolean> {
      return bulk.tryLockPool(lockOf(keyId));
    },
    async delete(keyIds: readonly number[]): Promise<void> {
      if (keyIds.length > 0) await database.deleteFrom('ring_key').where('key_id', 'in', keyIds).execute();
    },
    /** Puts keys that another master key has wrapped in the place of the same ones. */
    async rewrap(keys: readonly WrappedRingKey[]): Promise<void> {
      for (const { keyId, wrappedKey } of keys) {
        await database.updateTable('ring_key').set({ wrapped_key: wrappedKey }).where('key_id', '=', keyId).execute();
      }
    },
    /** When each key was made. */
    async creationTimes(): Promise<ReadonlyMap<number, number>> {
      const rows = await database.selectFrom('ring_key').select(['key_id', 'created_at']).execute();
      return new Map(rows.map((row) => [row.key_id, row.created_at]));
    },
    async list(): Promise<WrappedRingKey[]> {
      const rows = await database.selectFrom('ring_key').selectAll().orderBy('key_id').execute();
      return rows.map((row) => ({ keyId: row.key_id, purpose: row.purpose, wrappedKey: row.wrapped_key }));
    },
    async insert(keys: readonly WrappedRingKey[], now: number): Promise<void> {
      const rows = keys.map(({ keyId, purpose, wrappedKey }) => ({
        key_id: keyId,
        purpose,
        wrapped_key: wrappedKey,
        created_at: now,
      }));
      await database.insertInto('ring_key').values(rows).execute();
    },
  };
}
