import { type ChainDigest, eventHash, headMac, tailMac } from '../store/audit-chain.ts';
import type { Queries } from '../store/queries/index.ts';
import type { AuditEventTable, AuditWriterTable } from '../store/schema.ts';
import { brokenAnchors, isAnchor } from './anchors.ts';
import { createMismatches } from './mismatches.ts';
import type { ChainProblem } from './problems.ts';

/** What was found of one writer. */
export interface WriterReport {
  readonly problems: readonly ChainProblem[];
  readonly events: number;
  readonly anchors: number;
  /** Events that were there when the chains began, as the chain itself says. */
  readonly olderEvents: number;
  readonly from: number;
  readonly to: number;
}

/** The event that says, as `olderEvents`, how many events there were before the chains began. */
export const CHAIN_BEGAN = 'audit.chain-began';
const PAGE_ROWS = 1_000;
/** Of each kind; what is beyond is told as one range, so that it does not fill memory. */
const MAXIMUM_TOLD = 1_000;

/**
 * Checks one writer's chain beside whoever lengthens it and whoever shortens it: the record of the chain was read before
 * the events, so these may go on behind its end, and retention may have moved its beginning since; then it starts over.
 */
export async function verifyWriter(
  queries: Queries,
  digest: ChainDigest,
  writer: AuditWriterTable,
): Promise<WriterReport> {
  let current = writer;
  for (;;) {
    const report = await verifyOnce(queries, digest, current);
    if (report.problems.length === 0) return report;
    const fresh = await queries.auditChain.findWriter(writer.writer_id);
    if (fresh === undefined || fresh.first_sequence === current.first_sequence) return report;
    current = fresh;
  }
}

async function verifyOnce(queries: Queries, digest: ChainDigest, writer: AuditWriterTable): Promise<WriterReport> {
  const writerId = writer.writer_id;
  const problems: ChainProblem[] = checkRecord(digest, writer);
  const walk = createWalk(digest, writer);
  const span = { events: 0, anchors: 0, olderEvents: 0, from: Number.POSITIVE_INFINITY, to: 0 };
  let after: number | undefined;
  for (;;) {
    const events = await queries.auditChain.events(writerId, after, PAGE_ROWS);
    for (const event of events) {
      walk.take(event);
      span.from = Math.min(span.from, event.at);
      span.to = Math.max(span.to, event.at);
      span.olderEvents += olderEventsIn(event);
      if (!isAnchor(event)) continue;
      span.anchors++;
      if (problems.length < MAXIMUM_TOLD) problems.push(...(await brokenAnchors(queries, event)));
    }
    span.events += events.length;
    if (events.length < PAGE_ROWS) break;
    after = events.at(-1)?.sequence;
  }
  problems.push(...walk.finish());
  problems.push(...(await checkEnd(queries, writer, walk)));
  return { problems, ...span };
}

function checkRecord(digest: ChainDigest, writer: AuditWriterTable): ChainProblem[] {
  const writerId = writer.writer_id;
  const problems: ChainProblem[] = [];
  if (!equal(headMac(digest, writer), writer.last_mac)) problems.push({ kind: 'head-forged', writerId });
  if (!equal(tailMac(digest, writerId, writer), writer.first_mac)) problems.push({ kind: 'tail-forged', writerId });
  return problems;
}

/** Follows the events of a writer in the order of their sequence. */
function createWalk(digest: ChainDigest, writer: AuditWriterTable) {
  const writerId = writer.writer_id;
  const gaps: { from: number; to: number }[] = [];
  const mismatches = createMismatches(digest, writerId);
  let sequence = writer.first_sequence - 1;
  /** What the hash before the next event may be: as stored, and as it must be for what is stored. */
  let previous: readonly Uint8Array[] = [writer.first_hash];
  let hashAtRecordedEnd = writer.last_sequence === sequence ? writer.first_hash : undefined;
  let added: { from: number; to: number } | undefined;

  function addGap(from: number, to: number): void {
    const last = gaps.at(-1);
    if (last !== undefined && gaps.length === MAXIMUM_TOLD) last.to = to;
    else gaps.push({ from, to });
  }

  return {
    take(event: AuditEventTable): void {
      if (event.sequence < writer.first_sequence) {
        added = { from: added?.from ?? event.sequence, to: event.sequence };
        return;
      }
      const isNext = event.sequence === sequence + 1;
      if (!isNext) addGap(sequence + 1, event.sequence - 1);
      sequence = event.sequence;
      const stored = event.hash ?? new Uint8Array(0);
      const expected = previous.map((hash) => eventHash(digest, hash, event));
      // After a gap nothing is known of the hash before, so the event's own is taken for true.
      if (isNext && !expected.some((hash) => equal(hash, stored))) {
        mismatches.add(event, previous[0] as Uint8Array);
        previous = [stored, ...expected.slice(0, 1)];
      } else previous = [stored];
      if (sequence === writer.last_sequence) hashAtRecordedEnd = stored;
    },
    finish(): ChainProblem[] {
      const before: ChainProblem[] = added === undefined ? [] : [{ kind: 'events-added', writerId, ...added }];
      const missing = gaps.map((gap): ChainProblem => ({ kind: 'events-missing', writerId, ...gap }));
      return [...before, ...missing, ...mismatches.explain()];
    },
    lastSequence: () => sequence,
    hashAtRecordedEnd: () => hashAtRecordedEnd,
  };
}

async function checkEnd(
  queries: Queries,
  writer: AuditWriterTable,
  walk: ReturnType<typeof createWalk>,
): Promise<ChainProblem[]> {
  const { writer_id: writerId, last_sequence: recorded } = writer;
  const found = walk.lastSequence();
  if (found < recorded) return [{ kind: 'events-missing', writerId, from: found + 1, to: recorded }];
  const wrong: ChainProblem = { kind: 'head-wrong', writerId, from: recorded, to: found };
  const hash = walk.hashAtRecordedEnd();
  if (hash === undefined || !equal(hash, writer.last_hash)) return [wrong];
  if (found === recorded) return [];
  // The events behind the recorded end came with a later one, in the same transactions.
  const later = await queries.auditChain.findWriter(writerId);
  return later !== undefined && later.last_sequence >= found ? [] : [wrong];
}

function olderEventsIn({ action, pool_id, detail }: AuditEventTable): number {
  if (action !== CHAIN_BEGAN || pool_id !== '') return 0;
  const count = /^\{"olderEvents":(\d{1,15})\}$/.exec(detail)?.[1];
  return Number(count ?? 0);
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
