import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointerOrder } from './checkpointer.ts';

/*
 * Moves what is in the write-ahead log into the database file, on a connection of its own: on the connection that writes
 * it would hold up everybody, every few megabytes, for two waits for the disk.
 */

const LOOK_EVERY_MS = 50;
/** As SQLite does by itself: 1,000 pages. */
const WORTH_MOVING_BYTES = 4 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 1_000;

const { path, tooLongBytes } = workerData as CheckpointerOrder;
let isEnding = false;
parentPort?.on('message', () => {
  isEnding = true;
});

const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
database.exec('pragma synchronous = full; pragma wal_autocheckpoint = 0');
let beginAnewFrom = tooLongBytes;
for (let movedAt = 0; !isEnding; ) {
  await setTimeout(LOOK_EVERY_MS);
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log === undefined || log.size < WORTH_MOVING_BYTES || log.mtimeMs === movedAt) continue;
  database.exec('pragma wal_checkpoint(passive)');
  // In vain where somebody reads for long, a backup for instance: all who write wait for that, so not again soon.
  if (log.size > beginAnewFrom) beginAnewFrom = beginsAnew() ? tooLongBytes : log.size * 2;
  movedAt = log.mtimeMs;
}
database.close();
parentPort?.close();

function beginsAnew(): boolean {
  return database.prepare('pragma wal_checkpoint(truncate)').get()?.busy === 0;
}
