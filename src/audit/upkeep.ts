import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { createAnchors } from './anchors.ts';
import type { AuditLog } from './audit-log.ts';
import { deleteOldEvents } from './retention.ts';

/** What a running service does for its audit log of its own accord. */
export interface AuditUpkeep {
  /** Writes down where the chains of other writers end. */
  anchor(): Promise<void>;
  /** Deletes events older than the setting says; @returns how many */
  deleteOld(): Promise<number>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
  /** 0: for ever. */
  readonly keepDays: number;
}

const DAY_MS = 24 * 60 * 60_000;

export function createAuditUpkeep({ store, vault, audit, clock, keepDays }: Dependencies): AuditUpkeep {
  const anchors = createAnchors({ store, audit, clock });
  return {
    anchor: () => anchors.anchor(),
    async deleteOld() {
      if (keepDays === 0) return 0;
      return deleteOldEvents({ store, audit, digest: vault.auditDigest }, clock() - keepDays * DAY_MS);
    },
  };
}
