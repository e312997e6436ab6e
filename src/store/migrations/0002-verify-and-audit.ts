import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.ts';
import type { Engine } from '../store.ts';
import { columnTypes, finish, index } from './columns.ts';

/** What living with an imported factor needs: recovery, enrolment, user tokens, and an audit log that shows tampering. */
export async function addVerifyAndAudit(database: Kysely<Database>, engine: Engine): Promise<void> {
  const { text, integer, bytes } = columnTypes(engine);
  const table = (name: string) => finish(database.schema.createTable(name), engine);

  await database.schema
    .alterTable('recovery_code')
    .addColumn('origin', text, (column) => column.notNull().defaultTo('import'))
    .execute();
  await database.schema
    .alterTable('recovery_code')
    .addColumn('hardening', text, (column) => column.notNull().defaultTo('due'))
    .execute();
  await sql`create index recovery_code_to_harden on recovery_code (pool_id, user_id, code_id)
    where hardening = 'due' and used_at is null`.execute(database);

  await table('spent_factor')
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('factor_id', text, (column) => column.notNull())
    .addColumn('seed_digest', bytes, (column) => column.notNull())
    .addColumn('used_until', integer, (column) => column.notNull())
    .addColumn('counter', integer, (column) => column.notNull())
    .addColumn('retired_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('spent_factor_pkey', ['pool_id', 'user_id', 'factor_id'])
    .execute();

  await table('pending_enrolment')
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('token_digest', bytes, (column) => column.notNull())
    .addColumn('factor_id', text, (column) => column.notNull())
    .addColumn('sealed_seed', bytes, (column) => column.notNull())
    .addColumn('code_id', text, (column) => column.notNull())
    .addColumn('sealed_digest', bytes, (column) => column.notNull())
    .addColumn('failures', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('pending_enrolment_pkey', ['pool_id', 'user_id'])
    .execute();
  await index(database, 'pending_enrolment', ['expires_at']);

  await table('verified_token')
    .addColumn('pool_id', text, (column) => column.notNull())
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('token_id', text, (column) => column.notNull())
    .addColumn('factor_id', text, (column) => column.notNull())
    .addColumn('verified_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('verified_token_pkey', ['pool_id', 'user_id', 'token_id'])
    .execute();
  await index(database, 'verified_token', ['expires_at']);

  await database.schema.alterTable('audit_event').addColumn('hash', bytes).execute();
  await table('audit_writer')
    .addColumn('writer_id', text, (column) => column.primaryKey().notNull())
    .addColumn('first_sequence', integer, (column) => column.notNull())
    .addColumn('first_hash', bytes, (column) => column.notNull())
    .addColumn('first_mac', bytes, (column) => column.notNull())
    .addColumn('last_sequence', integer, (column) => column.notNull())
    .addColumn('last_hash', bytes, (column) => column.notNull())
    .addColumn('last_mac', bytes, (column) => column.notNull())
    .addColumn('updated_at', integer, (column) => column.notNull())
    .execute();
  // Listing goes on after a given event, so the order must be a whole one.
  await database.schema.dropIndex('audit_event_by_pool_id_at').execute();
  await index(database, 'audit_event', ['pool_id', 'at', 'writer_id', 'sequence']);

  await table('time_mark')
    .addColumn('name', text, (column) => column.primaryKey().notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .execute();

  await table('vault_rotation')
    .addColumn('rotation_id', text, (column) => column.primaryKey().notNull())
    .addColumn('new_key_id', integer, (column) => column.notNull())
    .addColumn('retired_key_ids', text, (column) => column.notNull())
    .addColumn('started_by', text, (column) => column.notNull())
    .addColumn('started_at', integer, (column) => column.notNull())
    .addColumn('fenced_at', integer)
    .addColumn('pass', integer, (column) => column.notNull())
    .addColumn('position_table', text, (column) => column.notNull())
    .addColumn('position_key', text, (column) => column.notNull())
    .addColumn('resealed', integer, (column) => column.notNull())
    .addColumn('met', integer, (column) => column.notNull())
    .addColumn('broken', integer, (column) => column.notNull())
    .addColumn('finished_at', integer)
    .execute();
}
