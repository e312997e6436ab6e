import type { FactorTable, RecoveryCodeTable, UserTable } from './schema.ts';

export type ColumnType = 'text' | 'integer' | 'bytes';

/** A table as the bulk writers see it: column names and types, in the order in which values are sent. */
export interface BulkTable<Row> {
  readonly name: string;
  readonly columns: { readonly [Column in keyof Row]-?: ColumnType };
}

export const USER_ROWS: BulkTable<UserTable> = {
  name: 'app_user',
  columns: {
    pool_id: 'text',
    user_id: 'text',
    status: 'text',
    profile: 'text',
    created_at: 'integer',
    updated_at: 'integer',
  },
};

export const FACTOR_ROWS: BulkTable<FactorTable> = {
  name: 'factor',
  columns: {
    pool_id: 'text',
    user_id: 'text',
    factor_id: 'text',
    type: 'text',
    algorithm: 'text',
    digits: 'integer',
    period_seconds: 'integer',
    counter: 'integer',
    sealed_seed: 'bytes',
    drift_steps: 'integer',
    last_step: 'integer',
    failures: 'integer',
    throttled_until: 'integer',
    source: 'text',
    imported_by: 'text',
    import_id: 'text',
    created_at: 'integer',
    updated_at: 'integer',
    last_used_at: 'integer',
  },
};

export const RECOVERY_CODE_ROWS: BulkTable<RecoveryCodeTable> = {
  name: 'recovery_code',
  columns: {
    pool_id: 'text',
    user_id: 'text',
    code_id: 'text',
    factor_id: 'text',
    sealed_digest: 'bytes',
    created_at: 'integer',
    used_at: 'integer',
    origin: 'text',
    hardening: 'text',
  },
};

export function columnNames<Row>(table: BulkTable<Row>): (keyof Row & string)[] {
  return Object.keys(table.columns) as (keyof Row & string)[];
}
