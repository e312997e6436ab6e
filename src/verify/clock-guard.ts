import { FactorportError } from '../errors/error.ts';
import type { Store } from '../store/store.ts';

/**
 * Notices that the clock went back. Used steps stay used whatever the clock says, because each factor remembers its last
 * one; but a clock set back would make codes good that expired unused, which somebody may have seen.
 */
export interface ClockGuard {
  /** The time, in milliseconds since 1970. @throws `clock_behind` where it is behind what was seen before */
  now(): number;
  /** Remembers the latest time across restarts, and learns of other processes'. */
  sync(): Promise<void>;
  /** Takes the present time for right, after a clock that had run ahead was mended. */
  reset(): Promise<void>;
}

/** Clocks of several servers differ, and NTP steps by fractions of a second; a third of the usual step is no danger. */
const TOLERANCE_MS = 10_000;
const MARK = 'latest';

/** By how much a clock that shows `now` is behind what was seen before, in milliseconds; 0 where codes are judged by it. */
export async function clockLag(store: Store, now: number): Promise<number> {
  const behindMs = ((await store.read.timeMarks.find(MARK)) ?? 0) - now;
  return behindMs > TOLERANCE_MS ? behindMs : 0;
}

export function createClockGuard(store: Store, clock: () => number): ClockGuard {
  let latest = 0;
  let sinceSync = 0;
  /** The mark as the last sync left it. */
  let synced = 0;

  return {
    now() {
      const now = clock();
      if (now > latest) latest = now;
      if (now > sinceSync) sinceSync = now;
      const behindMs = latest - now;
      if (behindMs > TOLERANCE_MS) {
        throw new FactorportError('clock_behind', { parameters: { seconds: Math.ceil(behindMs / 1000) } });
      }
      return now;
    },
    async sync() {
      const seen = Math.max(sinceSync, clock());
      const mark = await store.transaction(async ({ timeMarks }) => {
        const stored = (await timeMarks.find(MARK)) ?? 0;
        // Lower than at the last sync: reset meanwhile. What this process saw before that must not undo it.
        return stored < synced ? stored : timeMarks.raise(MARK, seen);
      });
      // Only now: what a database that was away did not take must not be forgotten.
      const seenMeanwhile = sinceSync > seen ? sinceSync : 0;
      sinceSync = seenMeanwhile;
      synced = mark;
      latest = Math.max(mark, seenMeanwhile);
    },
    async reset() {
      latest = clock();
      sinceSync = 0;
      synced = latest;
      await store.transaction((queries) => queries.timeMarks.set(MARK, latest));
    },
  };
}
