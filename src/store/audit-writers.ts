import { newId } from '../ids.ts';
import {
  type AuditEntry,
  type ChainDigest,
  type ChainEnd,
  type ChainPiece,
  extendChain,
  newChain,
} from './audit-chain.ts';

/** How a transaction ended; `unknown` where the connection was lost before the answer to its commit. */
export type Outcome = 'committed' | 'undone' | 'unknown';

/** The chain as one transaction sees it. */
export interface AuditChain {
  /** Numbers and hashes entries, of which there must be some; the caller writes the rows in the same transaction. */
  extend(entries: readonly AuditEntry[]): ChainPiece;
  /** The writer whose chain this transaction lengthens. */
  writerId(): string;
}

/** A writer lent to one transaction, from its first event on. */
export interface WriterLease extends AuditChain {
  /** Remembers where the chain is, at a savepoint. */
  mark(): void;
  /** Takes the chain back to where it was marked. */
  backToMark(): void;
  settle(outcome: Outcome): void;
}

export interface AuditWriters {
  /** @param digest what events are chained with; before it is known none can be appended */
  useDigest(digest: ChainDigest): void;
  lease(): WriterLease;
}

/**
 * The writers of one process. Each is used by one transaction at a time, so that no two wait for each other, and its
 * sequence advances only by a commit, so that it has no gaps. There are at most as many as transactions at once, and
 * one more for each whose outcome is not known: that one is never used again, because its next number may be taken.
 */
export function createAuditWriters(clock: () => number): AuditWriters {
  const free: ChainEnd[] = [];
  let digest: ChainDigest | undefined;

  function lease(): WriterLease {
    let start: ChainEnd | undefined;
    let marked: ChainEnd | undefined;
    let end: ChainEnd | undefined;

    function take(): ChainEnd {
      start ??= free.pop() ?? newChain(newId(clock()));
      end ??= start;
      return end;
    }

    return {
      extend(entries) {
        if (digest === undefined) throw new Error('no audit event can be written before the key ring is open');
        const extended = extendChain(digest, take(), entries, clock());
        end = extended.end;
        return extended.piece;
      },
      writerId: () => take().writerId,
      mark() {
        marked = end;
      },
      backToMark() {
        end = marked;
      },
      settle(outcome) {
        const next = outcome === 'committed' ? (end ?? start) : start;
        if (next !== undefined && outcome !== 'unknown') free.push(next);
        start = marked = end = undefined;
      },
    };
  }

  return {
    useDigest(chosen) {
      digest = chosen;
    },
    lease,
  };
}

/** Outside a transaction nothing is appended. */
export const NO_CHAIN: AuditChain = {
  extend: () => refuse(),
  writerId: () => refuse(),
};

function refuse(): never {
  throw new Error('an audit event needs a transaction');
}
