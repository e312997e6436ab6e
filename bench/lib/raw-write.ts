import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { sqlitePath } from '../../src/config.ts';
import { type BenchDatabase, withPostgresClient } from './databases.ts';

/** What an import writes. */
const TABLES = ['factor', 'recovery_code'];

/** Of SQLite so many rows are in memory at a time. */
const ROWS_AT_ONCE = 10_000;
const PIECE_BYTES = 256 * 1024;

/**
 * Writes the rows of one database into the same, empty tables of another in the fastest way the engine has, and says
 * how long that took. The rows come in the order of the primary key, which suits both engines; reading them does not
 * count.
 *
 * @returns milliseconds, the commit included
 */
export function writeRaw(source: BenchDatabase, target: BenchDatabase): Promise<number> {
  return source.config.databaseUrl === undefined ? writeRawSqlite(source, target) : writeRawPostgres(source, target);
}

async function writeRawSqlite(source: BenchDatabase, target: BenchDatabase): Promise<number> {
  const reading = new DatabaseSync(sqlitePath(source.config), { readOnly: true });
  const writing = new DatabaseSync(sqlitePath(target.config));
  const clock = createStopwatch();
  try {
    writing.exec('pragma journal_mode = wal; pragma synchronous = full');
    clock.time(() => writing.exec('begin immediate'));
    for (const table of TABLES) {
      const { columns } = reading.prepare(`select count(*) as columns from pragma_table_info('${table}')`).get() as {
        columns: number;
      };
      const places = Array(columns).fill('?').join(', ');
      const statement = clock.time(() => writing.prepare(`insert into ${table} values (${places})`));
      for (const rows of readSqliteRows(reading, table)) {
        clock.time(() => {
          for (const row of rows) statement.run(...row);
        });
      }
    }
    clock.time(() => writing.exec('commit'));
    return clock.milliseconds();
  } finally {
    reading.close();
    writing.close();
  }
}

function* readSqliteRows(database: DatabaseSync, table: string): Generator<SQLInputValue[][], void, void> {
  let rows: SQLInputValue[][] = [];
  for (const row of database.prepare(`select * from ${table} order by pool_id, user_id`).iterate()) {
    rows.push(Object.values(row) as SQLInputValue[]);
    if (rows.length < ROWS_AT_ONCE) continue;
    yield rows;
    rows = [];
  }
  yield rows;
}

async function writeRawPostgres(source: BenchDatabase, target: BenchDatabase): Promise<number> {
  const rows = await withClient(source, readPostgresRows);
  return withClient(target, async (client) => {
    const startedAt = performance.now();
    await client.query('begin');
    for (const { table, pieces } of rows) {
      await pipeline(pieces, client.query(copyFrom(`copy ${table} from stdin (format binary)`)));
    }
    await client.query('commit');
    return performance.now() - startedAt;
  });
}

/** The rows in the very form in which they are sent: binary, which is faster here than text. */
async function readPostgresRows(client: pg.Client): Promise<{ table: string; pieces: Buffer[] }[]> {
  const rows = [];
  for (const table of TABLES) {
    const select = `select * from ${table} order by pool_id, user_id`;
    const chunks = client.query(copyTo(`copy (${select}) to stdout (format binary)`));
    rows.push({ table, pieces: await inLargePieces(chunks) });
  }
  return rows;
}

async function inLargePieces(chunks: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  let some: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    some.push(chunk);
    size += chunk.length;
    if (size < PIECE_BYTES) continue;
    pieces.push(Buffer.concat(some));
    [some, size] = [[], 0];
  }
  return [...pieces, Buffer.concat(some)];
}

/** Adds up how long pieces of work take. */
function createStopwatch() {
  let sum = 0;
  return {
    time<Result>(work: () => Result): Result {
      const startedAt = performance.now();
      const result = work();
      sum += performance.now() - startedAt;
      return result;
    },
    milliseconds: () => sum,
  };
}

function withClient<Result>({ config }: BenchDatabase, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  return withPostgresClient(config.databaseUrl as string, work);
}
