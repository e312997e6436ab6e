import type { AuditFilter, AuditPage, AuditPlace } from '../store/queries/audit.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { type AuditItem, toAuditItem } from './audit-item.ts';
import type { Actor, AuditLog } from './audit-log.ts';
import type { ChainProblem } from './problems.ts';
import { type ChainSummary, verifyAuditChain } from './verify-chain.ts';

export type { AuditFilter, AuditPlace };

/** Reads the audit log. */
export interface AuditTrail {
  /**
   * A pool's events, newest first. Events that come in meanwhile do not move those of later pages.
   *
   * @returns the place after which the next page begins; `undefined` where this is the last one
   */
  list(
    poolId: string,
    filter: AuditFilter,
    page: Omit<AuditPage, 'order'>,
  ): Promise<{ items: AuditItem[]; next: AuditPlace | undefined }>;
  /**
   * A pool's events up to now, oldest first, as lines of JSON, some in each text. The event that says so is on the disk
   * before the first one is given.
   */
  exportLines(actor: Actor, filter: AuditFilter): AsyncGenerator<string, void, void>;
  verify(onProblem: (problem: ChainProblem) => void): Promise<ChainSummary>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
}

const EXPORTED_AT_ONCE = 500;

export function createAuditTrail({ store, vault, audit, clock }: Dependencies): AuditTrail {
  async function* exportLines(actor: Actor, filter: AuditFilter): AsyncGenerator<string, void, void> {
    const now = clock();
    const wanted = { ...filter, to: Math.min(filter.to ?? now, now) };
    const { from, to, ...detail } = filter;
    const times = { from: isoTime(from), to: isoTime(to) };
    const event = audit.stamp(actor, { action: 'audit.export', result: 'ok', detail: { ...detail, ...times } });
    await audit.flush();
    await store.transaction((queries) => queries.audit.append([event]));
    let after: AuditPlace | undefined;
    for (;;) {
      const page = { order: 'oldest', limit: EXPORTED_AT_ONCE, after } as const;
      const events = await store.read.audit.page(actor.poolId, wanted, page);
      if (events.length > 0) yield events.map((row) => `${JSON.stringify(toAuditItem(row, 'with hash'))}\n`).join('');
      if (events.length < EXPORTED_AT_ONCE) return;
      after = events.at(-1);
    }
  }

  return {
    async list(poolId, filter, { limit, after }) {
      const events = await store.read.audit.page(poolId, filter, { order: 'newest', limit: limit + 1, after });
      const shown = events.slice(0, limit);
      return { items: shown.map((row) => toAuditItem(row)), next: events.length > limit ? shown.at(-1) : undefined };
    },
    exportLines,
    verify: (onProblem) => verifyAuditChain(store, vault.auditDigest, onProblem),
  };
}

function isoTime(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
