import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { createAnchors } from './anchors.ts';
import type { AuditLog } from './audit-log.ts';
import { deleteOldEvents } from './retention.ts';

/** What a running service does for its audit log of its own accord. */
export interface AuditUpkeep {
  /** Anchors what other writers wrote, deletes what is too old, and goes on doing so until it is closed. */
  start(): void;
  /** Writes down where the chains of other writers end. */
  anchor(): Promise<void>;
  /** Deletes events older than the setting says; @returns how many */
  deleteOld(): Promise<number>;
  close(): Promise<void>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
  /** 0: for ever. */
  readonly keepDays: number;
}

const ANCHOR_EVERY_MS = 10 * 60_000;
/** Starting up comes first. */
const FIRST_AFTER_MS = 5_000;
const DELETE_EVERY_MS = 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

export function createAuditUpkeep(dependencies: Dependencies): AuditUpkeep {
  const { store, vault, audit, clock, onError, keepDays } = dependencies;
  const anchors = createAnchors({ store, audit, clock });
  const timers: NodeJS.Timeout[] = [];
  let working: Promise<unknown> = Promise.resolve();

  const anchor = () => anchors.anchor();
  async function deleteOld(): Promise<number> {
    if (keepDays === 0) return 0;
    return deleteOldEvents({ store, audit, digest: vault.auditDigest }, clock() - keepDays * DAY_MS);
  }
  function afterwards(work: () => Promise<unknown>): void {
    working = working.then(work).catch(onError);
  }

  return {
    start() {
      const both = () => {
        afterwards(anchor);
        afterwards(deleteOld);
      };
      timers.push(
        setTimeout(both, FIRST_AFTER_MS),
        setInterval(() => afterwards(anchor), ANCHOR_EVERY_MS),
        setInterval(() => afterwards(deleteOld), DELETE_EVERY_MS),
      );
      for (const timer of timers) timer.unref();
    },
    anchor,
    deleteOld,
    async close() {
      if (timers.length > 0) afterwards(anchor);
      for (const timer of timers.splice(0)) clearInterval(timer);
      await working;
    },
  };
}
