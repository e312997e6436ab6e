import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SqliteConnection } from './connection.ts';

/** Moves the write-ahead log into the database file beside the connection that writes, while much is written. */
export interface Checkpointer {
  /** Begins; does nothing where it has begun. */
  start(): void;
  close(): Promise<void>;
}

const PAGE_BYTES = 4096;
/** Where the thread falls behind or is gone, the writer moves the log itself from this size on. */
const WRITER_MOVES_FROM_PAGES = (512 * 1024 * 1024) / PAGE_BYTES;
const USUAL_PAGES = 1_000;

export function createCheckpointer(path: string, writer: SqliteConnection): Checkpointer {
  let worker: Worker | undefined;
  let ended: Promise<unknown> = Promise.resolve();

  const movesFrom = (pages: number) => writer.raw.exec(`pragma wal_autocheckpoint = ${pages}`);

  return {
    start() {
      if (worker !== undefined) return;
      worker = new Worker(new URL(`./checkpointer-thread${extname(import.meta.url)}`, import.meta.url), {
        workerData: path,
        resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 1 },
      });
      worker.unref();
      ended = once(worker, 'exit').catch(() => undefined);
      movesFrom(WRITER_MOVES_FROM_PAGES);
      // Then all is as it is without it.
      worker.on('error', () => movesFrom(USUAL_PAGES));
    },
    async close() {
      // Until now it kept no process from ending; now the process must not end before it.
      worker?.ref();
      worker?.postMessage('end');
      await ended;
    },
  };
}
