import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { AuditEntry, AuditTail, ChainPiece } from '../audit-chain.ts';
import type { AuditEventTable, AuditWriterTable, Database } from '../schema.ts';
import type { QueryContext } from './context.ts';

/** Which events of a pool are wanted; members left out let everything pass. */
export interface AuditFilter {
  /** Milliseconds since 1970, included. */
  readonly from?: number | undefined;
  /** Not included. */
  readonly to?: number | undefined;
  /** One that ends with a dot, like `otp.`, stands for all that begin with it. */
  readonly action?: string | undefined;
  readonly result?: string | undefined;
  readonly actor?: string | undefined;
  readonly userId?: string | undefined;
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Where in the order of a list an event stands. No two are at the same place. */
export type AuditPlace = Pick<AuditEventTable, 'at' | 'writer_id' | 'sequence'>;

export interface AuditPage {
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  /** The list goes on after this place. */
  readonly after?: AuditPlace | undefined;
}

export function auditQueries({ database, audit }: QueryContext) {
  return {
    /** Takes entries into the chain of this transaction's writer. */
    async append(entries: readonly AuditEntry[]): Promise<void> {
      if (entries.length > 0) await audit.write(audit.chain.extend(entries));
    },
    /** The rows of {@link append}, for a statement that writes them together with something else. */
    extendChain(entries: readonly AuditEntry[]): ChainPiece {
      return audit.chain.extend(entries);
    },
    /** The newest events of a pool first. */
    async list(poolId: string, limit: number): Promise<AuditEventTable[]> {
      return page(poolId, {}, { order: 'newest', limit });
    },
    page,
  };

  async function page(poolId: string, filter: AuditFilter, page: AuditPage): Promise<AuditEventTable[]> {
    const direction = page.order === 'newest' ? 'desc' : 'asc';
    return database
      .selectFrom('audit_event')
      .selectAll()
      .where('pool_id', '=', poolId)
      .where((builder) => builder.and(conditions(builder, narrowed(filter, page))))
      .$if(page.after !== undefined, (query) => query.where(isAfter(page.after as AuditPlace, page.order)))
      .orderBy('at', direction)
      .orderBy('writer_id', direction)
      .orderBy('sequence', direction)
      .limit(page.limit)
      .execute();
  }
}

/** What `audit verify` and retention read and move: chains, whatever the pools. */
export function auditChainQueries({ database, audit }: QueryContext) {
  return {
    /** The first writer after this one, whether it has events, a row of its own, or both. */
    async nextWriter(after?: string): Promise<string | undefined> {
      const follows = after === undefined ? sql`writer_id >= ''` : sql`writer_id > ${after}`;
      const { rows } = await sql<{ writer_id: string | null }>`
        select min(writer_id) as writer_id from (
          select min(writer_id) as writer_id from audit_event where ${follows}
          union all select min(writer_id) from audit_writer where ${follows}) as following`.execute(database);
      return rows[0]?.writer_id ?? undefined;
    },
    async findWriter(writerId: string): Promise<AuditWriterTable | undefined> {
      return database.selectFrom('audit_writer').selectAll().where('writer_id', '=', writerId).executeTakeFirst();
    },
    /** Events in the order of their sequence, those behind `after` where it is given. */
    async events(writerId: string, after: number | undefined, limit: number): Promise<AuditEventTable[]> {
      return database
        .selectFrom('audit_event')
        .selectAll()
        .where('writer_id', '=', writerId)
        .$if(after !== undefined, (query) => query.where('sequence', '>', after as number))
        .orderBy('sequence')
        .limit(limit)
        .execute();
    },
    /** The other writers that wrote since then, the longest ago first. */
    async changedSince(time: number, limit: number): Promise<AuditWriterTable[]> {
      return database
        .selectFrom('audit_writer')
        .selectAll()
        .where('updated_at', '>=', time)
        .where('writer_id', '!=', audit.chain.writerId())
        .orderBy('updated_at')
        .limit(limit)
        .execute();
    },
    async countUnchained(): Promise<number> {
      const { total } = await database
        .selectFrom('audit_event')
        .select((builder) => builder.fn.countAll<number>().as('total'))
        .where('hash', 'is', null)
        .executeTakeFirstOrThrow();
      return Number(total);
    },
    /** Deletes events without a hash of a writer, up to a sequence. */
    async deleteUnchained(writerId: string, sequence: number): Promise<void> {
      await database
        .deleteFrom('audit_event')
        .where('writer_id', '=', writerId)
        .where('sequence', '<=', sequence)
        .where('hash', 'is', null)
        .execute();
    },
    /** Deletes a writer's events up to a sequence and says that its chain now begins behind them. */
    async deleteUpTo(writerId: string, sequence: number, tail: AuditTail): Promise<void> {
      await database
        .deleteFrom('audit_event')
        .where('writer_id', '=', writerId)
        .where('sequence', '<=', sequence)
        .execute();
      // Last, because it locks the row that the writer itself moves with its next event.
      await database.updateTable('audit_writer').set(tail).where('writer_id', '=', writerId).execute();
    },
  };
}

/** Says by time too where the list goes on: SQLite takes that to find the place, and not the comparison of three. */
function narrowed(filter: AuditFilter, { after, order }: AuditPage): AuditFilter {
  if (after === undefined) return filter;
  if (order === 'oldest') return { ...filter, from: Math.max(filter.from ?? after.at, after.at) };
  return { ...filter, to: Math.min(filter.to ?? after.at + 1, after.at + 1) };
}

function conditions(builder: ExpressionBuilder<Database, 'audit_event'>, filter: AuditFilter) {
  const { from, to, action } = filter;
  const equal = [
    ['result', filter.result],
    ['actor', filter.actor],
    ['user_id', filter.userId],
    ['address', filter.address],
    ['request_id', filter.requestId],
  ] as const;
  return [
    ...(from === undefined ? [] : [builder('at', '>=', from)]),
    ...(to === undefined ? [] : [builder('at', '<', to)]),
    ...(action === undefined ? [] : [isAction(action)]),
    ...equal.flatMap(([column, value]) => (value === undefined ? [] : [builder(column, '=', value)])),
  ];
}

function isAction(action: string) {
  if (!action.endsWith('.')) return sql<SqlBool>`action = ${action}`;
  return sql<SqlBool>`substr(action, 1, ${sql.lit(action.length)}) = ${action}`;
}

function isAfter({ at, writer_id, sequence }: AuditPlace, order: AuditPage['order']) {
  const sign = sql.raw(order === 'newest' ? '<' : '>');
  return sql<SqlBool>`(at, writer_id, sequence) ${sign} (${at}, ${writer_id}, ${sequence})`;
}
