import type { PoolTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

export function poolQueries({ database }: QueryContext) {
  return {
    async insert(pool: PoolTable): Promise<void> {
      await database.insertInto('pool').values(pool).execute();
    },
    async find(poolId: string): Promise<PoolTable | undefined> {
      return database.selectFrom('pool').selectAll().where('pool_id', '=', poolId).executeTakeFirst();
    },
    /** The pool made at first start. */
    async findDefault(): Promise<PoolTable | undefined> {
      return database
        .selectFrom('pool')
        .selectAll()
        .orderBy('created_at')
        .orderBy('pool_id')
        .limit(1)
        .executeTakeFirst();
    },
  };
}
