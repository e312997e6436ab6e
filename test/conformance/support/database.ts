import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { sqlitePath } from '../../../src/config.ts';
import type { TestServer } from '../../support/test-server.ts';

export const TABLES = [
  'pool',
  'app_user',
  'user_identifier',
  'factor',
  'recovery_code',
  'access_key',
  'ring_key',
  'spent_factor',
  'pending_enrolment',
  'verified_token',
  'used_nonce',
  'pending_enrolment',
  'verified_token',
  'import_job',
  'audit_event',
] as const;
export type Table = (typeof TABLES)[number];
type Row = Record<string, unknown>;

/** Columns that any successful authentication touches. */
const VOLATILE_COLUMNS = new Set(['last_used_at']);

/** Reads by a connection of its own, past the service. @returns the rows of each statement */
export async function query(server: TestServer, ...statements: string[]): Promise<Row[][]> {
  const { config, engine } = server.database;
  if (engine === 'sqlite') {
    const database = new DatabaseSync(sqlitePath(config), { readOnly: true });
    try {
      return statements.map((sql) => database.prepare(sql).all() as Row[]);
    } finally {
      database.close();
    }
  }
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  try {
    const results: Row[][] = [];
    for (const sql of statements) results.push((await client.query(sql)).rows as Row[]);
    return results;
  } finally {
    await client.end();
  }
}

/** How many rows of each table a user has. */
export async function rowsOfUser(server: TestServer, userId: string): Promise<Record<string, number>> {
  const tables = ['app_user', 'user_identifier', 'factor', 'recovery_code'];
  const condition = `where user_id = '${userId.replaceAll("'", "''")}'`;
  const results = await query(server, ...tables.map((table) => `select count(*) as n from ${table} ${condition}`));
  return Object.fromEntries(tables.map((table, index) => [table, Number(results[index]?.[0]?.n)]));
}

/** Everything that a refused request must leave as it was, in a form that compares. */
export async function snapshot(server: TestServer): Promise<Record<string, string[]>> {
  const tables = TABLES.filter((table) => table !== 'used_nonce' && table !== 'audit_event');
  const results = await query(server, ...tables.map((table) => `select * from ${table}`));
  const asText = (rows: Row[] = []) => rows.map((row) => JSON.stringify(withoutVolatile(row))).sort();
  return Object.fromEntries(tables.map((table, index) => [table, asText(results[index])]));
}

function withoutVolatile(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => !VOLATILE_COLUMNS.has(name))
      .map(([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value]),
  );
}
