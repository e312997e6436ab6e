import type { FactorTable } from '../store/schema.ts';

/** A factor that is locked is throttled until this time: later than any clock will show. */
export const LOCKED_UNTIL = Number.MAX_SAFE_INTEGER;

/** A user's factor as help desks see it: everything but the seed. Times are ISO 8601. */
export interface FactorState {
  readonly userId: string;
  readonly factorId: string;
  readonly type: FactorTable['type'];
  readonly algorithm: FactorTable['algorithm'];
  readonly digits: number;
  /** Seconds; null for HOTP. */
  readonly period: number | null;
  /** The next counter that may be accepted; null for TOTP. */
  readonly counter: number | null;
  readonly status: 'active' | 'throttled' | 'locked';
  readonly failures: number;
  /** Null unless throttled. */
  readonly throttledUntil: string | null;
  readonly driftSteps: number;
  readonly recoveryCodesLeft: number;
  readonly source: string;
  readonly importedBy: string;
  readonly importId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastUsedAt: string | null;
}

export function factorState(row: FactorTable, recoveryCodesLeft: number, now: number): FactorState {
  const isTotp = row.type === 'totp';
  const isLocked = row.throttled_until === LOCKED_UNTIL;
  const isThrottled = !isLocked && row.throttled_until > now;
  return {
    userId: row.user_id,
    factorId: row.factor_id,
    type: row.type,
    algorithm: row.algorithm,
    digits: row.digits,
    period: isTotp ? row.period_seconds : null,
    counter: isTotp ? null : row.counter,
    status: isLocked ? 'locked' : isThrottled ? 'throttled' : 'active',
    failures: row.failures,
    throttledUntil: isThrottled ? iso(row.throttled_until) : null,
    driftSteps: row.drift_steps,
    recoveryCodesLeft,
    source: row.source,
    importedBy: row.imported_by,
    importId: row.import_id,
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
    lastUsedAt: row.last_used_at === null ? null : iso(row.last_used_at),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
