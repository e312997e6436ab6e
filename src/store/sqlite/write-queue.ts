import { setImmediate } from 'node:timers/promises';

/** A piece of work that waits for its transaction. */
interface Waiting {
  /** Whether its transaction holds nothing else. */
  readonly alone: boolean;
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
 * Runs write work one after the other, and whatever has come in meanwhile in one transaction, each piece in a savepoint
 * of its own. A commit waits for the disk; sharing it lets many small writes cost one wait. Nobody is answered before
 * the commit that holds their work is done.
 */
export function createWriteQueue(control: TransactionControl) {
  const waiting: Waiting[] = [];
  let draining = false;
  let drained: Promise<void> = Promise.resolve();

  function submit<Result>(work: () => Promise<Result>, keep: boolean, alone = false): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      let settle = () => {};
      waiting.push({
        alone,
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
    while (waiting.length > 0) {
      // SQLite answers at once, so a group would be over before the next request was read: what has arrived comes along.
      await setImmediate();
      const group = waiting.splice(0, groupSize(waiting));
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
    isAwaited: () => waiting.length > 0,
    /** Waits until everything submitted so far is done. */
    async settled(): Promise<void> {
      await drained;
    },
  };
}

/** How many of those that wait, from the first, go into the next transaction. */
function groupSize(waiting: readonly Waiting[]): number {
  if (waiting[0]?.alone) return 1;
  const next = waiting.findIndex((piece) => piece.alone);
  return Math.min(MAXIMUM_GROUP, next < 0 ? waiting.length : next);
}

function undo(control: TransactionControl): void {
  try {
    control.rollback();
  } catch {
    // The transaction never began, or SQLite has rolled it back itself (a full disk does that).
  }
}
