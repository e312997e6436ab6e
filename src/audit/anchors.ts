import type { Queries } from '../store/queries/index.ts';
import type { AuditEventTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { AuditLog } from './audit-log.ts';
import type { ChainProblem } from './problems.ts';
import { SERVICE_ACTOR } from './service-actor.ts';

const ANCHOR = 'audit.anchor';
/** The longest list of one event; what is left over comes with the next. */
const HEADS_AN_EVENT = 100;
/** Clocks of several servers differ, and a transaction commits later than it was begun. */
const OVERLAP_MS = 5 * 60_000;

interface AnchoredHead {
  readonly writerId: string;
  readonly sequence: number;
  readonly hash: string;
}

/**
 * Writes down where the chains of all other writers end, by a writer that does nothing else, so that a writer who is removed whole, or taken back together with
 * its events to an earlier state of the database, leaves a witness.
 */
export function createAnchors({ store, audit, clock }: { store: Store; audit: AuditLog; clock: () => number }) {
  /** Writers that wrote before this time were anchored, by this process or another. */
  let anchoredUntil: number | undefined;

  async function anchorSome(since: number): Promise<number> {
    return store.transaction(async (queries) => {
      const writers = await queries.auditChain.changedSince(since, HEADS_AN_EVENT);
      if (writers.length === 0) return Number.POSITIVE_INFINITY;
      const heads = writers.map(
        (writer): AnchoredHead => ({
          writerId: writer.writer_id,
          sequence: writer.last_sequence,
          hash: Buffer.from(writer.last_hash).toString('hex'),
        }),
      );
      await queries.audit.append([audit.stamp(SERVICE_ACTOR, { action: ANCHOR, result: 'ok', detail: { heads } })]);
      return writers.length < HEADS_AN_EVENT ? Number.POSITIVE_INFINITY : (writers.at(-1)?.updated_at as number);
    }, 'witness');
  }

  return {
    /** Anchors the writers that wrote since the last time. */
    async anchor(): Promise<void> {
      const begun = clock();
      anchoredUntil ??= await lastAnchorTime(store);
      for (let since = anchoredUntil - OVERLAP_MS; since <= begun; ) {
        const next = await anchorSome(since);
        // More of them than fit, all of the same time, would come again and again.
        since = next === since ? next + 1 : next;
      }
      anchoredUntil = begun;
    },
  };
}

async function lastAnchorTime(store: Store): Promise<number> {
  const [last] = await store.read.audit.page(SERVICE_ACTOR.poolId, { action: ANCHOR }, { order: 'newest', limit: 1 });
  return last?.at ?? 0;
}

export function isAnchor(event: AuditEventTable): boolean {
  return event.action === ANCHOR && event.pool_id === SERVICE_ACTOR.poolId;
}

/** What an anchor names and is no longer there, other than by retention. */
export async function brokenAnchors(queries: Queries, anchor: AuditEventTable): Promise<ChainProblem[]> {
  const problems: ChainProblem[] = [];
  for (const { writerId, sequence, hash } of headsIn(anchor)) {
    const [event] = await queries.auditChain.events(writerId, sequence - 1, 1);
    if (event?.sequence === sequence && Buffer.from(event.hash ?? []).toString('hex') === hash) continue;
    // Read after the event, because retention moves both at once.
    const writer = await queries.auditChain.findWriter(writerId);
    if (writer !== undefined && sequence < writer.first_sequence) continue;
    problems.push({ kind: 'anchor-broken', writerId, from: sequence, witness: anchor.writer_id, to: anchor.sequence });
  }
  return problems;
}

/** An anchor that was changed may hold anything; that it was is told by its own hash. */
function headsIn(anchor: AuditEventTable): readonly AnchoredHead[] {
  try {
    const { heads } = JSON.parse(anchor.detail) as { heads?: readonly AnchoredHead[] };
    return (heads ?? []).filter(({ writerId, sequence }) => typeof writerId === 'string' && Number.isInteger(sequence));
  } catch {
    return [];
  }
}
