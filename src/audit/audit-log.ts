import type { AuditEntry } from '../store/audit-chain.ts';
import type { Store } from '../store/store.ts';

/** `ok`: done. `refused`: the caller was told why not. `failed`: a fault of ours. */
export type AuditResult = 'ok' | 'refused' | 'failed';

/** Who is acting, from where, and under which request id. */
export interface Actor {
  readonly poolId: string;
  /** Access key id, `cli:` and an account, or `service`; empty for a caller who did not prove who it is. */
  readonly id: string;
  readonly address: string;
  readonly requestId: string;
}

export interface AuditEvent {
  readonly action: string;
  readonly result: AuditResult;
  readonly userId?: string | undefined;
  /** Counts, codes and identifiers; never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/**
 * Writes down who did what. What changes or reveals something puts its event into its own transaction by
 * {@link AuditLog.stamp}; the rest is collected by {@link AuditLog.record} and written shortly after, so that reading
 * does not wait for the disk.
 */
export interface AuditLog {
  stamp(actor: Actor, event: AuditEvent): AuditEntry;
  record(actor: Actor, event: AuditEvent): void;
  /** Writes what was collected. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const FLUSH_INTERVAL_MS = 200;
const ROWS_A_STATEMENT = 100;
/** A flood must not fill memory; what exceeds this between two writes is counted, not kept. */
const MAXIMUM_COLLECTED = 2_000;
/** Between two writes, of callers who did not prove who they are: they must not fill the disk, nor crowd others out. */
const MAXIMUM_OF_STRANGERS = 20;

export function createAuditLog(store: Store, clock: () => number, onError: (error: unknown) => void): AuditLog {
  const collected: AuditEntry[] = [];
  let strangers = 0;
  let dropped = 0;
  let writing = Promise.resolve();

  const stamp = (actor: Actor, event: AuditEvent): AuditEntry => ({
    pool_id: actor.poolId,
    at: clock(),
    action: event.action,
    result: event.result,
    actor: actor.id,
    address: actor.address,
    request_id: actor.requestId,
    user_id: event.userId ?? null,
    detail: JSON.stringify(event.detail ?? {}),
  });

  async function writeCollected(): Promise<void> {
    if (dropped > 0) {
      const nobody = { poolId: '', id: '', address: '', requestId: '' };
      collected.push(stamp(nobody, { action: 'audit.overflow', result: 'failed', detail: { dropped } }));
      dropped = 0;
    }
    // An event leaves the list only when it is written: the database may be away for a while.
    while (collected.length > 0) {
      const some = collected.slice(0, ROWS_A_STATEMENT);
      await store.transaction((queries) => queries.audit.append(some));
      collected.splice(0, some.length);
    }
  }

  async function flush(): Promise<void> {
    writing = writing.then(writeCollected).catch(onError);
    await writing;
  }

  const timer = setInterval(() => {
    strangers = 0;
    if (collected.length > 0) void flush();
  }, FLUSH_INTERVAL_MS);
  timer.unref();

  return {
    stamp,
    record(actor, event) {
      const isStranger = actor.id === '';
      if (isStranger) strangers++;
      if (collected.length >= MAXIMUM_COLLECTED || (isStranger && strangers > MAXIMUM_OF_STRANGERS)) dropped++;
      else collected.push(stamp(actor, event));
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
