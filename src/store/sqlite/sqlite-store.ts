import { setTimeout } from 'node:timers/promises';
import { FactorportError } from '../../errors/error.ts';
import { type AuditChain, createAuditWriters, NO_CHAIN, type Outcome } from '../audit-writers.ts';
import { readSchemaVersion, runMigrations } from '../migrations/run.ts';
import { createQueries, type Queries } from '../queries/index.ts';
import type { Store } from '../store.ts';
import { sqliteAttempts } from './attempts.ts';
import { writeAuditOnSqlite } from './audit.ts';
import { sqliteBulkOperations } from './bulk.ts';
import { createCheckpointer } from './checkpointer.ts';
import { openSqliteConnection, type SqliteConnection } from './connection.ts';
import { createWriteQueue } from './write-queue.ts';

/** How long to wait for another process (a command beside the server) that is writing. */
const LOCK_WAIT_MS = 30_000;
const LOCK_RETRY_MS = 5;

/**
 * Opens the embedded database: one connection that writes, in transactions one after the other, and one that reads
 * beside it.
 *
 * @param path the file; it is made if it does not exist
 */
export function openSqliteStore(path: string, clock: () => number): Store {
  const writer = openSqliteConnection(path, false);
  const reader = openSqliteConnection(path, true);
  const checkpointer = createCheckpointer(path, writer);
  const auditWriters = createAuditWriters(clock);
  const witnessWriters = createAuditWriters(clock);
  const [lease, witnessLease] = [auditWriters.lease(), witnessWriters.lease()];
  const leases = [lease, witnessLease];
  let outcome: Outcome = 'undone';
  const writerQueries = queriesOn(writer, lease);
  const witnessQueries = queriesOn(writer, witnessLease);
  const queue = createWriteQueue({
    begin: () => beginImmediate(writer),
    commit() {
      // A disk that fails while it takes the commit may have it or not.
      outcome = 'unknown';
      writer.raw.exec('commit');
      for (const each of leases) each.settle('committed');
      outcome = 'undone';
    },
    rollback() {
      for (const each of leases) each.settle(outcome);
      outcome = 'undone';
      writer.raw.exec('rollback');
    },
    savepoint() {
      writer.raw.exec('savepoint piece');
      for (const each of leases) each.mark();
    },
    release: () => writer.raw.exec('release piece'),
    rollbackToSavepoint() {
      for (const each of leases) each.backToMark();
      writer.raw.exec('rollback to piece');
    },
  });

  const transaction: Store['transaction'] = (work, lane) =>
    queue.submit(() => work(lane === 'witness' ? witnessQueries : writerQueries), true, lane);
  return {
    engine: 'sqlite',
    read: queriesOn(reader, NO_CHAIN),
    chainAudit(digest) {
      auditWriters.useDigest(digest);
      witnessWriters.useDigest(digest);
    },
    attempts: sqliteAttempts({ reader, writer, transaction }),
    transaction,
    rehearse: (work) => queue.submit(() => work(writerQueries), false, 'long'),
    expectMuch: () => checkpointer.start(),
    isAwaited: () => queue.isAwaited(),
    migrate: () => queue.submit(() => runMigrations(writer.database, 'sqlite', clock()), true),
    schemaVersion: () => readSchemaVersion(reader.database, hasVersionTable(reader)),
    async ping() {
      reader.raw.exec('select 1');
    },
    clockDifference: async () => 0,
    async close() {
      await queue.settled();
      await checkpointer.close();
      reader.close();
      writer.close();
    },
  };
}

function queriesOn(connection: SqliteConnection, chain: AuditChain): Queries {
  const { database } = connection;
  const audit = { chain, write: writeAuditOnSqlite(connection) };
  return createQueries({ engine: 'sqlite', database, bulk: sqliteBulkOperations(connection), audit });
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
