import type { Engine, Store } from '../../store/store.ts';

/** Items of a batch. On SQLite everybody who writes waits for a batch, so it shrinks as soon as somebody does. */
const LARGEST: Readonly<Record<Engine, number>> = { sqlite: 2_000, postgres: 3_000 };
const SMALLEST = 250;

/** How large the next batches may be. */
export interface BatchSize {
  next(): number;
}

/** @param isFresh whether the file is read from its beginning */
export function createBatchSize(store: Store, isFresh: boolean): BatchSize {
  let size = isFresh ? 1_000 : LARGEST[store.engine];
  return {
    next() {
      size = store.isAwaited() ? Math.max(SMALLEST, Math.floor(size / 4)) : Math.min(LARGEST[store.engine], size * 2);
      return size;
    },
  };
}
