import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

/*
 * Moves what is in the write-ahead log into the database file, on a connection of its own: on the connection that writes
 * it would hold up everybody, every few megabytes, for two waits for the disk.
 */

const LOOK_EVERY_MS = 50;
/** As SQLite does by itself: 1,000 pages. */
const WORTH_MOVING_BYTES = 4 * 1024 * 1024;
/** A log that is written into without a pause begins anew only if all who write wait for a moment. */
const TOO_LONG_BYTES = 256 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 1_000;

const path = workerData as string;
let isEnding = false;
parentPort?.on('message', () => {
  isEnding = true;
});

const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
database.exec('pragma synchronous = full; pragma wal_autocheckpoint = 0');
for (let movedAt = 0; !isEnding; ) {
  await setTimeout(LOOK_EVERY_MS);
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log === undefined || log.size < WORTH_MOVING_BYTES || log.mtimeMs === movedAt) continue;
  database.exec('pragma wal_checkpoint(passive)');
  if (log.size > TOO_LONG_BYTES) database.exec('pragma wal_checkpoint(truncate)');
  movedAt = log.mtimeMs;
}
database.close();
parentPort?.close();
