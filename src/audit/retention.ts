import { type ChainDigest, tailAt } from '../store/audit-chain.ts';
import type { Queries } from '../store/queries/index.ts';
import type { Store } from '../store/store.ts';
import type { AuditLog } from './audit-log.ts';
import { SERVICE_ACTOR } from './service-actor.ts';

const ROWS_A_TRANSACTION = 2_000;

interface Dependencies {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly digest: ChainDigest;
}

/**
 * Deletes events older than a time, of each writer from the beginning of its chain on, and moves that beginning in the
 * same transaction; what is left stays checkable. A writer that has none left keeps the record of its chain.
 *
 * @param before milliseconds since 1970
 * @returns how many events were deleted
 */
export async function deleteOldEvents({ store, audit, digest }: Dependencies, before: number): Promise<number> {
  let deleted = 0;
  const { auditChain } = store.read;
  for (let id = await auditChain.nextWriter(); id !== undefined; id = await auditChain.nextWriter(id)) {
    const writerId = id;
    for (let count = ROWS_A_TRANSACTION; count === ROWS_A_TRANSACTION; deleted += count) {
      const [first] = await auditChain.events(writerId, undefined, 1);
      if (first === undefined || first.at >= before) break;
      count = await store.transaction((queries) => deletePrefix(queries, digest, writerId, before), 'long');
    }
  }
  if (deleted > 0) {
    const detail = { deleted, before: new Date(before).toISOString() };
    audit.record(SERVICE_ACTOR, { action: 'audit.retention', result: 'ok', detail });
  }
  return deleted;
}

async function deletePrefix(queries: Queries, digest: ChainDigest, writerId: string, before: number): Promise<number> {
  await queries.bulk.lockPool('audit retention', 'exclusive');
  const events = await queries.auditChain.events(writerId, undefined, ROWS_A_TRANSACTION);
  const end = events.findIndex((event) => event.at >= before);
  const old = end < 0 ? events : events.slice(0, end);
  const last = old.at(-1);
  if (last === undefined) return 0;
  const writer = await queries.auditChain.findWriter(writerId);
  if (writer === undefined) {
    // Older than the chains. Events that lost the record of their chain are left for `audit verify` to tell.
    if (old.some(({ hash }) => hash !== null)) return 0;
    await queries.auditChain.deleteUnchained(writerId, last.sequence);
  } else {
    // A chain whose beginning does not stand where it should has been tampered with: deleting would hide that.
    if (old[0]?.sequence !== writer.first_sequence || last.hash === null) return 0;
    const tail = tailAt(digest, writerId, last.sequence + 1, last.hash);
    await queries.auditChain.deleteUpTo(writerId, last.sequence, tail);
  }
  return old.length;
}
