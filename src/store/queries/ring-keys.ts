import type { WrappedRingKey } from '../../vault/key-ring.ts';
import type { QueryContext } from './context.ts';

export function ringKeyQueries({ database }: QueryContext) {
  return {
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
