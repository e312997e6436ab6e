import type { Kysely } from 'kysely';
import type { Database } from '../schema.ts';
import type { Engine } from '../store.ts';
import { codeColumns, factorColumns } from './0003-columns.ts';
import { columnTypes, finish, index } from './columns.ts';

/** Imports of files: jobs, what of a file failed, and what users had before. */
export async function addImportJobs(database: Kysely<Database>, engine: Engine): Promise<void> {
  const { text, integer, bytes } = columnTypes(engine);
  const table = (name: string) => finish(database.schema.createTable(name), engine);

  await table('import_job')
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('job_id', text, (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('idempotency_key', text)
    .addColumn('upload_digest', bytes, (column) => column.notNull())
    .addColumn('file_name', text, (column) => column.notNull())
    .addColumn('upload_bytes', integer, (column) => column.notNull())
    .addColumn('has_users_file', integer, (column) => column.notNull())
    .addColumn('sealed_secrets', bytes, (column) => column.notNull())
    .addColumn('options', text, (column) => column.notNull())
    .addColumn('format', text)
    .addColumn('created_by', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('upload_expires_at', integer)
    .addColumn('started_at', integer)
    .addColumn('finished_at', integer)
    .addColumn('runner', text)
    .addColumn('heartbeat', integer, (column) => column.notNull())
    .addColumn('stop_requested', integer, (column) => column.notNull())
    .addColumn('run', integer, (column) => column.notNull())
    .addColumn('position_items', integer, (column) => column.notNull())
    .addColumn('position_bytes', integer, (column) => column.notNull())
    .addColumn('failures', integer, (column) => column.notNull())
    .addColumn('counts', text, (column) => column.notNull())
    .addColumn('outcome', text, (column) => column.notNull())
    .addColumn('undo_position', text, (column) => column.notNull())
    .addColumn('undo_counts', text, (column) => column.notNull())
    .addColumn('undoable_until', integer)
    .addPrimaryKeyConstraint('import_job_pkey', ['pool_id', 'job_id'])
    .execute();
  await database.schema
    .createIndex('import_job_by_idempotency_key')
    .unique()
    .on('import_job')
    .columns(['pool_id', 'idempotency_key'])
    .execute();
  await index(database, 'import_job', ['state']);

  await table('import_failure')
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('job_id', text, (column) => column.notNull())
    .addColumn('sequence', integer, (column) => column.notNull())
    .addColumn('severity', text, (column) => column.notNull())
    .addColumn('item', integer, (column) => column.notNull())
    .addColumn('line', integer)
    .addColumn('named', text, (column) => column.notNull())
    .addColumn('field', text, (column) => column.notNull())
    .addColumn('reason', text, (column) => column.notNull())
    .addColumn('parameters', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('import_failure_pkey', ['pool_id', 'job_id', 'sequence'])
    .execute();

  await table('import_seen')
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('job_id', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('import_seen_pkey', ['pool_id', 'user_id', 'job_id'])
    .execute();

  await table('import_created_user')
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('job_id', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('import_created_user_pkey', ['pool_id', 'user_id', 'job_id'])
    .execute();

  await factorColumns(table('previous_factor'), engine)
    .addColumn('job_id', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('previous_factor_pkey', ['pool_id', 'user_id', 'job_id'])
    .execute();

  await codeColumns(table('previous_recovery_code'), engine)
    .addColumn('job_id', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('previous_recovery_code_pkey', ['pool_id', 'user_id', 'code_id', 'job_id'])
    .execute();
}
