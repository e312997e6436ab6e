import type { Kysely } from 'kysely';
import type { Database } from '../schema.ts';
import type { Engine } from '../store.ts';
import { columnTypes, finish, index } from './columns.ts';

export async function createTables(database: Kysely<Database>, engine: Engine): Promise<void> {
  const { text, integer, bytes } = columnTypes(engine);
  const table = (name: string) => finish(database.schema.createTable(name), engine);

  await table('pool')
    .addColumn('pool_id', text, (column) => column.primaryKey().notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .execute();

  await table('app_user')
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('profile', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('updated_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('app_user_pkey', ['pool_id', 'user_id'])
    .execute();
  await index(database, 'app_user', ['pool_id', 'created_at', 'user_id']);
  await index(database, 'app_user', ['pool_id', 'updated_at', 'user_id']);

  await table('user_identifier')
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('type', text, (column) => column.notNull())
    .addColumn('value', text, (column) => column.notNull())
    .addColumn('slot', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('user_identifier_pkey', ['pool_id', 'type', 'value', 'slot'])
    .execute();
  await index(database, 'user_identifier', ['pool_id', 'user_id']);

  await table('factor')
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
    .addColumn('last_used_at', integer)
    .addPrimaryKeyConstraint('factor_pkey', ['pool_id', 'user_id'])
    .execute();

  await table('recovery_code')
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('code_id', text, (column) => column.notNull())
    .addColumn('factor_id', text, (column) => column.notNull())
    .addColumn('sealed_digest', bytes, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('used_at', integer)
    .addPrimaryKeyConstraint('recovery_code_pkey', ['pool_id', 'user_id', 'code_id'])
    .execute();

  await table('access_key')
    .addColumn('access_key_id', text, (column) => column.primaryKey().notNull())
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('type', text, (column) => column.notNull())
    .addColumn('owner_user_id', text, (column) => column.notNull())
    .addColumn('tenant_id', text, (column) => column.notNull())
    .addColumn('sealed_secret', bytes, (column) => column.notNull())
    .addColumn('scopes', text, (column) => column.notNull())
    .addColumn('enabled', integer, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('last_used_at', integer)
    .execute();

  await table('used_nonce')
    .addColumn('access_key_id', text, (column) => column.notNull())
    .addColumn('nonce', text, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('used_nonce_pkey', ['access_key_id', 'nonce'])
    .execute();
  await index(database, 'used_nonce', ['expires_at']);

  await table('audit_event')
    .addColumn('writer_id', text, (column) => column.notNull())
    .addColumn('sequence', integer, (column) => column.notNull())
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('action', text, (column) => column.notNull())
    .addColumn('result', text, (column) => column.notNull())
    .addColumn('actor', text, (column) => column.notNull())
    .addColumn('address', text, (column) => column.notNull())
    .addColumn('request_id', text, (column) => column.notNull())
    .addColumn('user_id', text)
    .addColumn('detail', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_event_pkey', ['writer_id', 'sequence'])
    .execute();
  await index(database, 'audit_event', ['pool_id', 'at']);
  await index(database, 'audit_event', ['pool_id', 'user_id', 'at']);

  await table('ring_key')
    .addColumn('key_id', integer, (column) => column.primaryKey().notNull())
    .addColumn('purpose', text, (column) => column.notNull())
    .addColumn('wrapped_key', bytes, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .execute();
}
