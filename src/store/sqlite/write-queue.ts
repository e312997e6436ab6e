import { setImmediate } from 'node:timers/promises';
import type { Lane } from '../store.ts';

/** A piece of work that waits for its transaction. */
interface Waiting {
  readonly lane: Lane;
  run(): Promise<void>;
  commitFailed(error: unknown): void;
  committed(): void;
}

/** The four statements of a transaction and the two of a part of it, as one connection runs them. */
export interface TransactionControl {
  begin(): Promise<void>;
  commit(): void;
  rollback(): void;
  savepoint(): void;
  release(): void;
  rollbackToSavepoint(): void;
}

/** So much work at most shares one commit, so that the first of it does not wait long for the last. */
const MAXIMUM_GROUP = 200;

/**
 * Runs write work one after the other, and whatever short work has come in meanwhile in one transaction, each piece in a
 * savepoint of its own. A commit waits for the disk; sharing it lets many small writes cost one wait. Nobody is answered
 * before the commit that holds their work is done. Long work has a transaction for each piece, and short work its turn in
 * between.
 */
export function createWriteQueue(control: TransactionControl) {
  const short: Waiting[] = [];
  const long: Waiting[] = [];
  let draining = false;
  let drained: Promise<void> = Promise.resolve();

  function submit<Result>(work: () => Promise<Result>, keep: boolean, lane: Lane = 'short'): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      let settle = () => {};
      (lane === 'long' ? long : short).push({
        lane,
        async run() {
          control.savepoint();
          try {
            const result = await work();
            settle = () => resolve(result);
            if (!keep) control.rollbackToSavepoint();
          } catch (error) {
            settle = () => reject(error);
            control.rollbackToSavepoint();
          }
          control.release();
        },
        commitFailed: reject,
        committed: () => settle(),
      });
      if (!draining) drained = drain();
    });
  }

  async function drain(): Promise<void> {
    draining = true;
    let wasLong = true;
    while (short.length + long.length > 0) {
      // SQLite answers at once, so a group would be over before the next request was read: what has arrived comes along.
      await setImmediate();
      // In turns: long work after long work would keep everybody else, and short work never ends.
      const isLong: boolean = short.length === 0 || (long.length > 0 && !wasLong);
      const group = isLong ? long.splice(0, 1) : short.splice(0, groupSize(short));
      wasLong = isLong;
      try {
        await control.begin();
        for (const piece of group) await piece.run();
        control.commit();
      } catch (error) {
        undo(control);
        for (const piece of group) piece.commitFailed(error);
        continue;
      }
      for (const piece of group) piece.committed();
    }
    draining = false;
  }

  return {
    submit,
    /** Whether short work waits. */
    isAwaited: () => short.length > 0,
    /** Waits until everything submitted so far is done. */
    async settled(): Promise<void> {
      await drained;
    },
  };
}

/** How much of the short work that waits, from the first, goes into the next transaction. */
function groupSize(waiting: readonly Waiting[]): number {
  if (waiting[0]?.lane === 'alone') return 1;
  const next = waiting.findIndex((piece) => piece.lane === 'alone');
  return Math.min(MAXIMUM_GROUP, next < 0 ? waiting.length : next);
}

function undo(control: TransactionControl): void {
  try {
    control.rollback();
  } catch {
    // The transaction never began, or SQLite has rolled it back itself (a full disk does that).
  }
}
