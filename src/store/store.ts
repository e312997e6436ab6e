import type { AttemptOperations } from './attempts.ts';
import type { ChainDigest } from './audit-chain.ts';
import type { Queries } from './queries/index.ts';

export type Engine = 'sqlite' | 'postgres';

/**
 * `long`: work that locks a pool of users or writes many rows, or that may wait for a factor that such work holds; kept
 * apart so that short work does not wait for it.
 * `alone`: short work that shares its commit with no other, so that nobody sees it before it is on the disk.
 * `witness`: short work whose audit events go into a chain that nothing else lengthens, to bear witness to all others.
 */
export type Lane = 'short' | 'long' | 'alone' | 'witness';

/**
 * Where everything is kept. Both engines pass the same tests.
 *
 * A transaction that resolves is on the disk; one that rejects has left nothing behind. `work` may be run again from the
 * start where the database asks for it (deadlock, lost race), so it must have no effect outside the database.
 */
export interface Store {
  readonly engine: Engine;
  /** Queries outside a transaction. They see what is committed. */
  readonly read: Queries;
  /** The statements of a verification. */
  readonly attempts: AttemptOperations;
  transaction<Result>(work: (queries: Queries) => Promise<Result>, lane?: Lane): Promise<Result>;
  /** Runs `work` in a transaction that is always undone. */
  rehearse<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>;
  /** Says what audit events are chained with. Before, none can be appended: the key is in the ring that the store holds. */
  chainAudit(digest: ChainDigest): void;
  /** Says that much is about to be written, for minutes perhaps. */
  expectMuch(): void;
  /** Whether others wait, or lately had to wait, for what a large transaction writes: then the next should be smaller. */
  isAwaited(): boolean;
  /** Brings the schema up to date and says which version it now has; does nothing where it is. */
  migrate(): Promise<SchemaVersion>;
  /** The version found, without changing anything; `current` is 0 in an empty database. */
  schemaVersion(): Promise<SchemaVersion>;
  /** @throws `unavailable` where the database does not answer */
  ping(): Promise<void>;
  /** By how many milliseconds the database's clock is ahead of this process's; 0 where they are the same machine's. */
  clockDifference(): Promise<number>;
  close(): Promise<void>;
}

/** Thrown by `work` that finds that what it built on has changed: the transaction is undone and run again. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}

export interface SchemaVersion {
  readonly current: number;
  readonly known: number;
}
