import { type RawBuilder, sql } from 'kysely';
import type {
  AccessKeyTable,
  FactorTable,
  ImportJobTable,
  PendingEnrolmentTable,
  PreviousFactorTable,
  PreviousRecoveryCodeTable,
  RecoveryCodeTable,
} from '../schema.ts';
import type { QueryContext, SealedColumn } from './context.ts';

/** Rows of the tables that hold sealed values, with what these are bound to. */
export interface SealedRows {
  factor: Pick<
    FactorTable,
    'pool_id' | 'user_id' | 'factor_id' | 'type' | 'algorithm' | 'digits' | 'period_seconds' | 'sealed_seed'
  >;
  recovery_code: Pick<RecoveryCodeTable, 'pool_id' | 'user_id' | 'code_id' | 'sealed_digest'>;
  access_key: Pick<AccessKeyTable, 'access_key_id' | 'pool_id' | 'scopes' | 'sealed_secret'>;
  pending_enrolment: Pick<
    PendingEnrolmentTable,
    'pool_id' | 'user_id' | 'factor_id' | 'sealed_seed' | 'code_id' | 'sealed_digest'
  >;
  previous_factor: SealedRows['factor'] & Pick<PreviousFactorTable, 'job_id'>;
  previous_recovery_code: SealedRows['recovery_code'] & Pick<PreviousRecoveryCodeTable, 'job_id'>;
  import_job: Pick<ImportJobTable, 'pool_id' | 'job_id' | 'sealed_secrets'>;
}

export type SealedTable = SealedColumn['table'];

/** Every table that holds sealed values, with its primary key; in the order in which they are gone through. */
export const SEALED_TABLES: { readonly [Table in SealedTable]: readonly string[] } = {
  factor: ['pool_id', 'user_id'],
  recovery_code: ['pool_id', 'user_id', 'code_id'],
  access_key: ['access_key_id'],
  pending_enrolment: ['pool_id', 'user_id'],
  previous_factor: ['pool_id', 'user_id', 'job_id'],
  previous_recovery_code: ['pool_id', 'user_id', 'code_id', 'job_id'],
  import_job: ['pool_id', 'job_id'],
};

export function sealedValueQueries({ database }: QueryContext) {
  /** As one condition, which both databases answer from the primary key. */
  function isAfter(table: SealedTable, key: readonly string[]): RawBuilder<boolean> {
    const columns = sql.join(SEALED_TABLES[table].map((name) => sql.ref(name)));
    return sql<boolean>`(${columns}) > (${sql.join(key)})`;
  }

  return {
    /** The next rows of a table in the order of its primary key, after one or from the first. */
    async after<Table extends SealedTable>(
      table: Table,
      key: readonly string[] | undefined,
      limit: number,
    ): Promise<SealedRows[Table][]> {
      let query = database.selectFrom(table as SealedTable).selectAll();
      if (key !== undefined) query = query.where(isAfter(table, key));
      for (const column of SEALED_TABLES[table]) query = query.orderBy(sql.ref(column));
      return (await query.limit(limit).execute()) as unknown as SealedRows[Table][];
    },
  };
}
