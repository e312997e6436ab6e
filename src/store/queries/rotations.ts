import type { VaultRotationTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

export function rotationQueries({ database, engine }: QueryContext) {
  return {
    async insert(rotation: VaultRotationTable): Promise<void> {
      await database.insertInto('vault_rotation').values(rotation).execute();
    },
    /** The rotation that is under way. */
    async findUnfinished(): Promise<VaultRotationTable | undefined> {
      return database.selectFrom('vault_rotation').selectAll().where('finished_at', 'is', null).executeTakeFirst();
    },
    /** As {@link findUnfinished}, for this transaction alone; `undefined` also where another one is working at it. */
    async claim(): Promise<VaultRotationTable | undefined> {
      const query = database.selectFrom('vault_rotation').selectAll().where('finished_at', 'is', null);
      // On SQLite the write transaction keeps every other one out already.
      return (engine === 'postgres' ? query.forUpdate().skipLocked() : query).executeTakeFirst();
    },
    async latest(): Promise<VaultRotationTable | undefined> {
      return database
        .selectFrom('vault_rotation')
        .selectAll()
        .orderBy('started_at', 'desc')
        .orderBy('new_key_id', 'desc')
        .limit(1)
        .executeTakeFirst();
    },
    async update(rotationId: string, change: Partial<VaultRotationTable>): Promise<void> {
      await database.updateTable('vault_rotation').set(change).where('rotation_id', '=', rotationId).execute();
    },
  };
}
