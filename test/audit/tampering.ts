import type { ChainProblem } from '../../src/audit/problems.ts';
import type { ChainSummary } from '../../src/audit/verify-chain.ts';
import type { Services } from '../../src/services.ts';
import { type Row, runSql, type TestServices } from '../store/open-services.ts';

export interface Verified extends Pick<ChainSummary, 'writers' | 'events' | 'olderEvents' | 'anchors'> {
  readonly problems: readonly ChainProblem[];
}

export async function verifyAudit({ auditTrail }: Services): Promise<Verified> {
  const problems: ChainProblem[] = [];
  const { writers, events, olderEvents, anchors } = await auditTrail.verify((problem) => problems.push(problem));
  // Writers come in the order of their ids, which are random within a second.
  const isAnchor = ({ kind }: ChainProblem) => Number(kind === 'anchor-broken');
  problems.sort((left, right) => isAnchor(left) - isAnchor(right));
  return { writers, events, olderEvents, anchors, problems };
}

/** Appends events, each in a transaction of its own. */
export async function appendEvents({ services, poolId }: TestServices, count: number, first = 1): Promise<void> {
  for (let index = first; index < first + count; index++) {
    const actor = { poolId, id: 'key', address: '192.0.2.1', requestId: `request ${index}` };
    const event = services.audit.stamp(actor, {
      action: 'otp.verify',
      result: 'ok',
      userId: `user ${index}`,
      detail: { index },
    });
    await services.store.transaction((queries) => queries.audit.append([event]));
  }
}

export async function writersOf({ database }: TestServices): Promise<string[]> {
  const rows = await runSql(database, 'select writer_id from audit_writer order by writer_id');
  return rows.map((row) => row.writer_id as string);
}

export function eventsOf({ database }: TestServices): Promise<Row[]> {
  return runSql(database, 'select * from audit_event order by writer_id, sequence');
}
