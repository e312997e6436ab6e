import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Database } from '../schema.ts';
import type { Engine } from '../store.ts';

export function columnTypes(engine: Engine) {
  return {
    text: 'text',
    integer: engine === 'sqlite' ? 'integer' : 'bigint',
    bytes: engine === 'sqlite' ? 'blob' : 'bytea',
  } as const;
}

/** On SQLite the primary key is the table (one tree instead of two), and a column takes no other type than its own. */
export function finish<Name extends string>(builder: CreateTableBuilder<Name, never>, engine: Engine) {
  return engine === 'sqlite' ? builder.modifyEnd(sql`strict, without rowid`) : builder;
}

export async function index(database: Kysely<Database>, table: string, columns: string[]): Promise<void> {
  await database.schema
    .createIndex(`${table}_by_${columns.join('_')}`)
    .on(table)
    .columns(columns)
    .execute();
}
