import type { AuditEventTable } from '../store/schema.ts';

/** An event as it is told, by HTTP and on the command line. */
export interface AuditItem {
  /** ISO 8601. */
  readonly at: string;
  readonly action: string;
  readonly result: string;
  /** Access key id, `cli:` and an account, `service`, or empty where the caller did not prove who it is. */
  readonly actor: string;
  readonly address: string;
  readonly requestId: string;
  readonly userId: string | null;
  readonly detail: unknown;
  readonly writerId: string;
  readonly sequence: number;
  /** In hex; only in exports. */
  readonly hash?: string | null;
}

export function toAuditItem(event: AuditEventTable, hash?: 'with hash'): AuditItem {
  return {
    at: new Date(event.at).toISOString(),
    action: event.action,
    result: event.result,
    actor: event.actor,
    address: event.address,
    requestId: event.request_id,
    userId: event.user_id,
    detail: readDetail(event.detail),
    writerId: event.writer_id,
    sequence: event.sequence,
    ...(hash === undefined ? {} : { hash: event.hash === null ? null : Buffer.from(event.hash).toString('hex') }),
  };
}

/** A detail that somebody changed in the database may be no JSON; listing tells it as it is. */
function readDetail(detail: string): unknown {
  try {
    return JSON.parse(detail);
  } catch {
    return detail;
  }
}
