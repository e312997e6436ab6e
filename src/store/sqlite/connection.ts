import { chmodSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import type { Database } from '../schema.ts';

/** Several processes may open the database at once. */
const OPENING_TIMEOUT_MS = 5_000;

/** Distinct statements of the program; far fewer exist, lists of values aside. */
const MAXIMUM_STATEMENTS = 300;

export interface SqliteConnection {
  readonly raw: DatabaseSync;
  readonly database: Kysely<Database>;
  prepare(sql: string): StatementSync;
  close(): void;
}

/**
 * Opens one connection, the way in which nothing acknowledged is lost: write-ahead log, and `synchronous=FULL`, which
 * makes every commit wait for the disk.
 */
export function openSqliteConnection(path: string, readOnly: boolean): SqliteConnection {
  const raw = new DatabaseSync(path, { readOnly, timeout: OPENING_TIMEOUT_MS });
  // The files of the write-ahead log take their mode from this one.
  if (!readOnly) chmodSync(path, 0o600);
  if (!readOnly) raw.exec('pragma journal_mode = wal; pragma synchronous = full');
  // From now on whoever finds the database busy waits without holding up everybody else (see the write queue).
  raw.exec('pragma busy_timeout = 0');
  const statements = new Map<string, StatementSync>();

  function prepare(sql: string): StatementSync {
    let statement = statements.get(sql);
    if (statement === undefined) {
      if (statements.size >= MAXIMUM_STATEMENTS) statements.clear();
      statement = raw.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  }

  // Kysely speaks to SQLite in the words of better-sqlite3; node:sqlite has the same words with other spellings.
  const adapter: SqliteDatabase = {
    close: () => undefined,
    prepare(sql) {
      const statement = prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
      };
    },
  };
  const database = new Kysely<Database>({ dialect: new SqliteDialect({ database: adapter }) });
  return {
    raw,
    database,
    prepare,
    close() {
      statements.clear();
      raw.close();
    },
  };
}
