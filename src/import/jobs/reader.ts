import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FactorportError } from '../../errors/error.ts';
import type { LentKeys } from '../../vault/lent-keys.ts';
import {
  type ClearEntry,
  type FromReader,
  type ReadBatch,
  type ReaderOrder,
  type SealedBatch,
  splitNames,
  type ToReader,
} from './messages.ts';

/** Bounds what reading takes; batches are a few MiB. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 24 };

/** A batch and its rows, which may still be on their way. */
export interface PreparedBatch {
  readonly batch: ReadBatch;
  readonly names: readonly string[];
  /** Whose the entries are, by place; null for those that are not sealed. */
  readonly userIds: readonly (string | null)[];
  readonly sealed: SealedBatch;
}

/** Finds the users of a batch by their names, by place; null where there is nothing to seal. */
export type FindUsers = (names: readonly string[]) => Promise<readonly (string | null)[]>;

/** The reading thread, as the one that writes sees it. */
export interface Reader {
  /** The batches of the file in its order. @throws what the source throws */
  batches(): AsyncGenerator<PreparedBatch, void, void>;
  /** Seals a batch again, with other keys: see [Note: sealing ahead]. */
  sealAgain(prepared: PreparedBatch, keys: LentKeys): Promise<PreparedBatch>;
  /** Entries in clear. Whoever asks wipes their seeds. */
  clearEntries(batchId: number, places: readonly number[]): Promise<readonly ClearEntry[]>;
  /** Lets go of a batch. @param batchItems how many items later ones may have */
  done(batchId: number, batchItems: number): void;
  close(): Promise<void>;
}

/**
 * Lets whoever waits for the thread or the database fail with either. Not by `Promise.race`: a promise that lives as long as
 * the job would keep every result that it was raced against.
 */
function createBreakage() {
  const waiting = new Set<(error: unknown) => void>();
  let broken: { readonly error: unknown } | undefined;
  return {
    breakAll(error: unknown): void {
      broken ??= { error };
      for (const reject of waiting) reject(broken.error);
    },
    async unless<Result>(promise: Promise<Result>): Promise<Result> {
      if (broken !== undefined) throw broken.error;
      const { promise: either, resolve, reject } = Promise.withResolvers<Result>();
      waiting.add(reject);
      promise.then(resolve, reject);
      try {
        return await either;
      } finally {
        waiting.delete(reject);
      }
    },
  };
}

/**
 * Starts the thread. While one batch is written, the next one is sealed, the users of the one after it are looked up, and
 * the file is read on.
 *
 * @param onFormat told of the source as soon as it is known
 */
export function startReader(
  order: ReaderOrder,
  findUsers: FindUsers,
  clock: () => number,
  onFormat: (format: string) => void,
): Reader {
  const worker = new Worker(new URL(`./reader-thread${extname(import.meta.url)}`, import.meta.url), {
    workerData: order,
    resourceLimits: THREAD_LIMITS,
  });
  const sealing = new Map<number, (sealed: SealedBatch) => void>();
  const clearing = new Map<number, (entries: readonly ClearEntry[]) => void>();
  const prepared = new Map<number, Promise<PreparedBatch>>();
  const breakage = createBreakage();
  let ended: { readonly error?: FactorportError } | undefined;
  let changed = Promise.withResolvers<void>();

  const post = (message: ToReader) => worker.postMessage(message);

  function end(error?: FactorportError): void {
    ended = error === undefined ? {} : { error };
  }

  function seal(batch: ReadBatch, names: readonly string[], found: readonly (string | null)[]): Promise<PreparedBatch> {
    const { batchId } = batch;
    return new Promise((resolve) => {
      sealing.set(batchId, (sealed) => resolve({ batch, names, userIds: found, sealed }));
      post({ kind: 'seal', batchId, userIds: found === names ? undefined : found, now: clock() });
    });
  }

  async function prepare(batch: ReadBatch): Promise<PreparedBatch> {
    const names = splitNames(batch);
    return seal(batch, names, await findUsers(names));
  }

  worker.on('message', (message: FromReader) => {
    if (message.kind === 'format') onFormat(message.format);
    else if (message.kind === 'batch') {
      const promise = prepare(message.batch);
      promise.catch(breakage.breakAll);
      prepared.set(message.batch.batchId, promise);
    } else if (message.kind === 'sealed') {
      sealing.get(message.sealed.batchId)?.(message.sealed);
      sealing.delete(message.sealed.batchId);
    } else if (message.kind === 'clear') {
      clearing.get(message.batchId)?.(message.entries);
      clearing.delete(message.batchId);
    } else if (message.kind === 'end') end();
    else if (message.kind === 'refused') end(new FactorportError(message.code, { parameters: message.parameters }));
    else breakage.breakAll(new Error(message.message));
    changed.resolve();
    changed = Promise.withResolvers();
  });
  worker.on('error', breakage.breakAll);
  worker.on('exit', () => breakage.breakAll(new Error('the reading thread has ended')));

  async function* batches(): AsyncGenerator<PreparedBatch, void, void> {
    for (let next = 0; ; ) {
      const batch = prepared.get(next);
      if (batch !== undefined) {
        yield await breakage.unless(batch);
        prepared.delete(next++);
      } else if (ended !== undefined) break;
      else await breakage.unless(changed.promise);
    }
    // A file that cannot be read on: what stands before the damage has its answer.
    if (ended.error !== undefined) throw ended.error;
  }

  return {
    batches,
    async sealAgain({ batch, names, userIds }, keys) {
      post({ kind: 'keys', keys });
      return breakage.unless(seal(batch, names, userIds));
    },
    clearEntries: (batchId, places) =>
      breakage.unless(
        new Promise((resolve) => {
          clearing.set(batchId, resolve);
          post({ kind: 'clear', batchId, places });
        }),
      ),
    done(batchId, batchItems) {
      post({ kind: 'done', batchId, batchItems });
    },
    async close() {
      worker.removeAllListeners('exit');
      await worker.terminate();
    },
  };
}
