import type { AccessKeyTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

export interface AccessKeyFilter {
  readonly ownerUserId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly type?: string | undefined;
}

export function accessKeyQueries({ database }: QueryContext) {
  return {
    async insert(key: AccessKeyTable): Promise<void> {
      await database.insertInto('access_key').values(key).execute();
    },
    async find(accessKeyId: string): Promise<AccessKeyTable | undefined> {
      return database.selectFrom('access_key').selectAll().where('access_key_id', '=', accessKeyId).executeTakeFirst();
    },
    async list(poolId: string, filter: AccessKeyFilter = {}): Promise<AccessKeyTable[]> {
      let query = database.selectFrom('access_key').selectAll().where('pool_id', '=', poolId);
      if (filter.ownerUserId !== undefined) query = query.where('owner_user_id', '=', filter.ownerUserId);
      if (filter.tenantId !== undefined) query = query.where('tenant_id', '=', filter.tenantId);
      if (filter.type !== undefined) query = query.where('type', '=', filter.type);
      return query.orderBy('created_at').orderBy('access_key_id').execute();
    },
    async setEnabled(poolId: string, accessKeyId: string, enabled: boolean): Promise<boolean> {
      const result = await database
        .updateTable('access_key')
        .set({ enabled: enabled ? 1 : 0 })
        .where('pool_id', '=', poolId)
        .where('access_key_id', '=', accessKeyId)
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },
    async delete(poolId: string, accessKeyId: string): Promise<boolean> {
      const result = await database
        .deleteFrom('access_key')
        .where('pool_id', '=', poolId)
        .where('access_key_id', '=', accessKeyId)
        .executeTakeFirst();
      return Number(result.numDeletedRows) === 1;
    },
    async recordUse(accessKeyId: string, now: number): Promise<void> {
      await database
        .updateTable('access_key')
        .set({ last_used_at: now })
        .where('access_key_id', '=', accessKeyId)
        .execute();
    },
  };
}
