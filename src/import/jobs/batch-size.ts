import type { Engine, Store } from '../../store/store.ts';

/** Items of a batch. Whoever verifies waits for a batch to be written, so it shrinks as soon as somebody does. */
const LARGEST: Readonly<Record<Engine, number>> = { sqlite: 2_500, postgres: 3_000 };
const FIRST = 500;
const SMALLEST: Readonly<Record<Engine, number>> = { sqlite: 60, postgres: 100 };
/** After so many batches for which nobody waited, the next may be larger. */
const CALM_BATCHES = 8;

/** How large the next batches may be. */
export interface BatchSize {
  next(): number;
}

export function createBatchSize(store: Store): BatchSize {
  let size = FIRST;
  let calm = 0;
  let wasDisturbed = false;
  return {
    next() {
      const isAwaited = store.isAwaited();
      wasDisturbed ||= isAwaited;
      calm = isAwaited ? 0 : calm + 1;
      if (isAwaited) size = Math.max(SMALLEST[store.engine], Math.floor(size / 2));
      else if (!wasDisturbed || calm >= CALM_BATCHES) size = Math.min(LARGEST[store.engine], size * 2);
      return size;
    },
  };
}
