import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { sqlitePath } from '../../src/config.ts';
import { type BenchDatabase, withPostgresClient } from './databases.ts';

/** What an import writes. */
const TABLES = ['factor', 'recovery_code'];

/**
 * Writes the rows of one database into the same, empty tables of another in the fastest way the engine has, and says
 * how long that took. The rows are ready before the clock starts, in the order of the primary key, which suits both.
 *
 * @returns milliseconds, the commit included
 */
export function writeRaw(source: BenchDatabase, target: BenchDatabase): Promise<number> {
  return source.config.databaseUrl === undefined ? writeRawSqlite(source, target) : writeRawPostgres(source, target);
}

async function writeRawSqlite(source: BenchDatabase, target: BenchDatabase): Promise<number> {
  const rows = readSqliteRows(sqlitePath(source.config));
  const database = new DatabaseSync(sqlitePath(target.config));
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full');
    const startedAt = performance.now();
    database.exec('begin immediate');
    for (const { table, values } of rows) {
      const places = values[0]?.map(() => '?').join(', ');
      const statement = database.prepare(`insert into ${table} values (${places})`);
      for (const row of values) statement.run(...row);
    }
    database.exec('commit');
    return performance.now() - startedAt;
  } finally {
    database.close();
  }
}

function readSqliteRows(path: string): { table: string; values: SQLInputValue[][] }[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return TABLES.map((table) => {
      const statement = database.prepare(`select * from ${table} order by pool_id, user_id`);
      return { table, values: statement.all().map((row) => Object.values(row) as SQLInputValue[]) };
    });
  } finally {
    database.close();
  }
}

async function writeRawPostgres(source: BenchDatabase, target: BenchDatabase): Promise<number> {
  const rows = await withClient(source, readPostgresRows);
  return withClient(target, async (client) => {
    const startedAt = performance.now();
    await client.query('begin');
    for (const { table, chunks } of rows) {
      await pipeline(chunks, client.query(copyFrom(`copy ${table} from stdin (format binary)`)));
    }
    await client.query('commit');
    return performance.now() - startedAt;
  });
}

/** The rows in the very form in which they are sent: binary, which is faster here than text. */
async function readPostgresRows(client: pg.Client): Promise<{ table: string; chunks: Buffer[] }[]> {
  const rows = [];
  for (const table of TABLES) {
    const select = `select * from ${table} order by pool_id, user_id`;
    const chunks: Buffer[] = [];
    for await (const chunk of client.query(copyTo(`copy (${select}) to stdout (format binary)`))) chunks.push(chunk);
    rows.push({ table, chunks: inLargePieces(Buffer.concat(chunks)) });
  }
  return rows;
}

function inLargePieces(bytes: Buffer): Buffer[] {
  const size = 256 * 1024;
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

function withClient<Result>({ config }: BenchDatabase, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  return withPostgresClient(config.databaseUrl as string, work);
}
