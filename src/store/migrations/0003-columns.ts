import type { CreateTableBuilder } from 'kysely';
import type { Engine } from '../store.ts';
import { columnTypes } from './columns.ts';

/** The columns of `factor`, as they were when `previous_factor` was added. */
export function factorColumns<Name extends string>(builder: CreateTableBuilder<Name, never>, engine: Engine) {
  const { text, integer, bytes } = columnTypes(engine);
  return builder
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('factor_id', text, (column) => column.notNull())
    .addColumn('type', text, (column) => column.notNull())
    .addColumn('algorithm', text, (column) => column.notNull())
    .addColumn('digits', integer, (column) => column.notNull())
    .addColumn('period_seconds', integer, (column) => column.notNull())
    .addColumn('counter', integer, (column) => column.notNull())
    .addColumn('sealed_seed', bytes, (column) => column.notNull())
    .addColumn('drift_steps', integer, (column) => column.notNull())
    .addColumn('last_step', integer, (column) => column.notNull())
    .addColumn('failures', integer, (column) => column.notNull())
    .addColumn('throttled_until', integer, (column) => column.notNull())
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('imported_by', text, (column) => column.notNull())
    .addColumn('import_id', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('updated_at', integer, (column) => column.notNull())
    .addColumn('last_used_at', integer);
}

/** The columns of `recovery_code`, as they were when `previous_recovery_code` was added. */
export function codeColumns<Name extends string>(builder: CreateTableBuilder<Name, never>, engine: Engine) {
  const { text, integer, bytes } = columnTypes(engine);
  return builder
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('code_id', text, (column) => column.notNull())
    .addColumn('factor_id', text, (column) => column.notNull())
    .addColumn('sealed_digest', bytes, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('used_at', integer)
    .addColumn('origin', text, (column) => column.notNull())
    .addColumn('hardening', text, (column) => column.notNull());
}
