import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { sqlitePath } from '../../src/config.ts';
import { openServices, type Services } from '../../src/services.ts';
import type { Engine } from '../../src/store/store.ts';
import { createTestDatabase, type TestDatabase } from '../support/engines.ts';

export interface TestServices extends AsyncDisposable {
  readonly services: Services;
  readonly database: TestDatabase;
  readonly poolId: string;
  /** Failures that nobody waited for. */
  readonly backgroundErrors: readonly unknown[];
  close(): Promise<void>;
}

export interface TestServiceOptions {
  readonly clock?: () => number;
  /** A database that is there already, to open once more. */
  readonly database?: TestDatabase;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Everything but HTTP, on a real database of its own. */
export async function openTestServices(engine: Engine, options: TestServiceOptions = {}): Promise<TestServices> {
  const database = options.database ?? (await createTestDatabase(engine, options.settings));
  const backgroundErrors: unknown[] = [];
  const services = await openServices(database.config, {
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    onError: (error) => backgroundErrors.push(error),
  });
  let closed: Promise<void> | undefined;
  const close = async () => {
    closed ??= services.close();
    await closed;
  };
  const poolId = services.defaultPool.pool_id;
  return { services, database, poolId, backgroundErrors, close, [Symbol.asyncDispose]: close };
}

export type Row = Readonly<Record<string, unknown>>;

/** Runs SQL beside the program, as an administrator could; parameters are written `$1`, `$2`. */
export async function runSql(
  database: TestDatabase,
  sql: string,
  values: readonly SQLInputValue[] = [],
): Promise<Row[]> {
  if (database.engine === 'postgres') {
    const client = new pg.Client({ connectionString: database.config.databaseUrl });
    await client.connect();
    try {
      return (await client.query(sql, [...values])).rows as Row[];
    } finally {
      await client.end();
    }
  }
  for (;;) {
    try {
      return runOnSqlite(database, sql, values);
    } catch (error) {
      // The program may be writing in this very process: waiting inside SQLite would keep it from ending.
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      await setTimeout(2);
    }
  }
}

const SQLITE_BUSY = 5;

function runOnSqlite(database: TestDatabase, sql: string, values: readonly SQLInputValue[]): Row[] {
  const sqlite = new DatabaseSync(sqlitePath(database.config), { timeout: 0 });
  try {
    return sqlite.prepare(sql.replace(/\$(\d+)/g, '?$1')).all(...values) as Row[];
  } finally {
    sqlite.close();
  }
}

/** Somebody acting in a pool, for the audit log. */
export function actorIn(poolId: string) {
  return { poolId, id: 'test', address: '127.0.0.1', requestId: 'test' };
}
