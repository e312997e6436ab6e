import type { ChainDigest } from '../store/audit-chain.ts';
import type { Queries } from '../store/queries/index.ts';
import type { Store } from '../store/store.ts';
import type { ChainProblem } from './problems.ts';
import { verifyWriter } from './verify-writer.ts';

export interface ChainSummary {
  readonly writers: number;
  readonly events: number;
  /** Events from before there were chains, of which nothing can be said. */
  readonly olderEvents: number;
  readonly anchors: number;
  readonly problems: number;
  /** Times of the first and the last event that are in a chain; `undefined` where there is none. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

const PAGE_ROWS = 1_000;

/**
 * Checks every chain of the audit log, in pages, while the service may be running.
 *
 * @param onProblem told of each problem as soon as its writer is done
 */
export async function verifyAuditChain(
  store: Store,
  digest: ChainDigest,
  onProblem: (problem: ChainProblem) => void,
): Promise<ChainSummary> {
  const queries = store.read;
  const sum = { writers: 0, events: 0, olderEvents: 0, anchors: 0, problems: 0 };
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  let olderAllowed = 0;
  const tell = (problem: ChainProblem) => {
    sum.problems++;
    onProblem(problem);
  };

  for (let id = await queries.auditChain.nextWriter(); id !== undefined; id = await queries.auditChain.nextWriter(id)) {
    const writer = await queries.auditChain.findWriter(id);
    if (writer === undefined) {
      const { unchained, orphans } = await readWithoutWriter(queries, id);
      sum.olderEvents += unchained;
      if (orphans !== undefined) tell({ kind: 'writer-missing', writerId: id, ...orphans });
      continue;
    }
    const report = await verifyWriter(queries, digest, writer);
    report.problems.forEach(tell);
    sum.writers++;
    sum.events += report.events;
    sum.anchors += report.anchors;
    olderAllowed += report.olderEvents;
    from = Math.min(from, report.from);
    to = Math.max(to, report.to);
  }
  if (sum.olderEvents > olderAllowed) tell({ kind: 'events-unchained', count: sum.olderEvents - olderAllowed });
  const isEmpty = sum.events === 0;
  return { ...sum, from: isEmpty ? undefined : from, to: isEmpty ? undefined : to };
}

/** Events of a writer that has no record: those without a hash may be older than the chains, others lost theirs. */
async function readWithoutWriter(queries: Queries, writerId: string) {
  let unchained = 0;
  let orphans: { from: number; to: number } | undefined;
  let after: number | undefined;
  for (;;) {
    const events = await queries.auditChain.events(writerId, after, PAGE_ROWS);
    for (const { hash, sequence } of events) {
      if (hash === null) unchained++;
      else orphans = { from: orphans?.from ?? sequence, to: sequence };
    }
    if (events.length < PAGE_ROWS) return { unchained, orphans };
    after = events.at(-1)?.sequence;
  }
}
