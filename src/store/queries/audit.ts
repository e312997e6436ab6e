import type { AuditEventTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

export function auditQueries({ database }: QueryContext) {
  return {
    async append(events: readonly AuditEventTable[]): Promise<void> {
      if (events.length > 0) await database.insertInto('audit_event').values(events).execute();
    },
    /** The newest events of a pool first. */
    async list(poolId: string, limit: number): Promise<AuditEventTable[]> {
      return database
        .selectFrom('audit_event')
        .selectAll()
        .where('pool_id', '=', poolId)
        .orderBy('at', 'desc')
        .orderBy('sequence', 'desc')
        .limit(limit)
        .execute();
    },
  };
}
