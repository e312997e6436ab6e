import { type ChainDigest, eventHash } from '../store/audit-chain.ts';
import type { AuditEventTable } from '../store/schema.ts';
import type { ChainProblem } from './problems.ts';

interface Mismatch {
  readonly event: AuditEventTable;
  readonly hash: Uint8Array;
  /** The hash of the event that stands before it now. */
  readonly previous: Uint8Array;
}

/** So many are looked at more closely; each is tried in the place of every other, behind every other. */
const EXPLAINED = 32;
const MAXIMUM_TOLD = 1_000;

/**
 * Collects the events of a writer whose hash is wrong, and tells those that were changed from those that stand in
 * another's place and from those that are as they were and only follow one of these.
 */
export function createMismatches(digest: ChainDigest, writerId: string) {
  const first: Mismatch[] = [];
  const ranges: { from: number; to: number }[] = [];

  function addRange(sequence: number): void {
    const last = ranges.at(-1);
    if (last !== undefined && (last.to === sequence - 1 || ranges.length === MAXIMUM_TOLD)) last.to = sequence;
    else ranges.push({ from: sequence, to: sequence });
  }

  function explainFirst(): ChainProblem[] {
    const moved: ChainProblem[] = [];
    const hashes = first.map((mismatch) => mismatch.hash);
    for (const mismatch of first) {
      const { event, hash } = mismatch;
      if (first.some((other) => other !== mismatch && matches(eventHash(digest, other.hash, event), hash))) continue;
      const origin = first.find(({ event: { sequence }, previous }) =>
        [previous, ...hashes].some((before) => matches(eventHash(digest, before, { ...event, sequence }), hash)),
      );
      if (origin === undefined) addRange(event.sequence);
      else moved.push({ kind: 'event-moved', writerId, from: event.sequence, to: origin.event.sequence });
    }
    return moved;
  }

  return {
    add(event: AuditEventTable, previous: Uint8Array): void {
      if (first.length < EXPLAINED) first.push({ event, hash: event.hash ?? new Uint8Array(0), previous });
      else addRange(event.sequence);
    },
    explain(): ChainProblem[] {
      const late = ranges.splice(0);
      const moved = explainFirst();
      for (const { from, to } of late) {
        const last = ranges.at(-1);
        if (last?.to === from - 1) last.to = to;
        else ranges.push({ from, to });
      }
      return [...moved, ...ranges.map((range): ChainProblem => ({ kind: 'events-changed', writerId, ...range }))];
    },
  };
}

function matches(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
