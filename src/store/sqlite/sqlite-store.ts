import { setTimeout } from 'node:timers/promises';
import { FactorportError } from '../../errors/error.ts';
import { readSchemaVersion, runMigrations } from '../migrations/run.ts';
import { createQueries, type Queries } from '../queries/index.ts';
import type { Store } from '../store.ts';
import { sqliteBulkOperations } from './bulk.ts';
import { openSqliteConnection, type SqliteConnection } from './connection.ts';
import { createWriteQueue } from './write-queue.ts';

/** How long to wait for another process (a command beside the server) that is writing. */
const LOCK_WAIT_MS = 30_000;
const LOCK_RETRY_MS = 20;

/**
 * Opens the embedded database: one connection that writes, in transactions one after the other, and one that reads
 * beside it.
 *
 * @param path the file; it is made if it does not exist
 */
export function openSqliteStore(path: string, clock: () => number): Store {
  const writer = openSqliteConnection(path, false);
  const reader = openSqliteConnection(path, true);
  const writerQueries = queriesOn(writer);
  const queue = createWriteQueue({
    begin: () => beginImmediate(writer),
    commit: () => writer.raw.exec('commit'),
    rollback: () => writer.raw.exec('rollback'),
    savepoint: () => writer.raw.exec('savepoint piece'),
    release: () => writer.raw.exec('release piece'),
    rollbackToSavepoint: () => writer.raw.exec('rollback to piece'),
  });

  return {
    engine: 'sqlite',
    read: queriesOn(reader),
    transaction: (work, lane) => queue.submit(() => work(writerQueries), true, lane === 'alone'),
    rehearse: (work) => queue.submit(() => work(writerQueries), false),
    migrate: () => queue.submit(() => runMigrations(writer.database, 'sqlite', clock()), true),
    schemaVersion: () => readSchemaVersion(reader.database, hasVersionTable(reader)),
    async ping() {
      reader.raw.exec('select 1');
    },
    clockDifference: async () => 0,
    async close() {
      await queue.settled();
      reader.close();
      writer.close();
    },
  };
}

function queriesOn(connection: SqliteConnection): Queries {
  const { database } = connection;
  return createQueries({ engine: 'sqlite', database, bulk: sqliteBulkOperations(connection) });
}

function hasVersionTable(connection: SqliteConnection): boolean {
  return connection.prepare(`select 1 from sqlite_schema where name = 'schema_version'`).get() !== undefined;
}

async function beginImmediate(connection: SqliteConnection): Promise<void> {
  const giveUpAt = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      connection.raw.exec('begin immediate');
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (Date.now() > giveUpAt) throw new FactorportError('unavailable', { cause: error });
      await setTimeout(LOCK_RETRY_MS);
    }
  }
}

/** SQLITE_BUSY is 5; its extended codes have it in the low byte. */
function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && (code & 0xff) === 5;
}
