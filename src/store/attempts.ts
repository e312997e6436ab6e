import type { AuditEntry } from './audit-chain.ts';
import type { FactorChange, FactorState } from './queries/factors.ts';
import type { FactorTable } from './schema.ts';

/** The two statements of a verification, which every engine does in its own fastest way. */
export interface AttemptOperations {
  find(poolId: string, userId: string): Promise<FactorTable | undefined>;
  /**
   * Writes what an attempt leaves behind together with its audit event, in one transaction, if the factor still is what
   * the attempt was judged by (as `factors.change` does).
   *
   * @returns whether it was written; if not, there is no event either
   */
  settle(attempt: SettledAttempt): Promise<boolean>;
}

export interface SettledAttempt {
  readonly poolId: string;
  readonly userId: string;
  readonly state: FactorState;
  readonly change: FactorChange;
  readonly now: number;
  readonly event: AuditEntry;
}
