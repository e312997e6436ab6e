import type { AuditEventTable, AuditWriterTable } from './schema.ts';

/*
 * The chain of a writer: the hash of each event covers the event and the hash of the one before it, with a key that the
 * database does not have. A row of `audit_writer` says where the chain begins (its tail, moved by retention) and where
 * it ends (its head, moved by every event). Each end has a mac of its own, because two hands move them.
 */

/** An event before a writer takes it into its chain. */
export type AuditEntry = Omit<AuditEventTable, 'writer_id' | 'sequence' | 'hash'>;
export type AuditHead = Pick<AuditWriterTable, 'writer_id' | 'last_sequence' | 'last_hash' | 'last_mac' | 'updated_at'>;
export type AuditTail = Pick<AuditWriterTable, 'first_sequence' | 'first_hash' | 'first_mac'>;

/** A keyed hash; the key stays with the vault. */
export type ChainDigest = (message: Uint8Array) => Uint8Array;

/** The last link of a writer's chain; sequence 0 and no bytes where there is none. */
export interface ChainEnd {
  readonly writerId: string;
  readonly sequence: number;
  readonly hash: Uint8Array;
}

/** The rows that lengthen a chain. They belong into one transaction. */
export interface ChainPiece {
  readonly events: readonly AuditEventTable[];
  readonly head: AuditHead;
  /** Only with a writer's first events: its row is to be inserted, not updated. */
  readonly tail: AuditTail | undefined;
}

const NO_HASH = new Uint8Array(0);

export function newChain(writerId: string): ChainEnd {
  return { writerId, sequence: 0, hash: NO_HASH };
}

/** @returns the rows of the entries, which must not be empty, and where the chain then ends */
export function extendChain(
  digest: ChainDigest,
  end: ChainEnd,
  entries: readonly AuditEntry[],
  now: number,
): { piece: ChainPiece; end: ChainEnd } {
  const { writerId } = end;
  let { sequence, hash } = end;
  const events = entries.map((entry) => {
    const event = { writer_id: writerId, sequence: ++sequence, ...entry };
    hash = eventHash(digest, hash, event);
    return { ...event, hash };
  });
  const unsealed = { writer_id: writerId, last_sequence: sequence, last_hash: hash, updated_at: now };
  const head = { ...unsealed, last_mac: headMac(digest, unsealed) };
  const tail = end.sequence === 0 ? tailAt(digest, writerId, 1, NO_HASH) : undefined;
  return { piece: { events, head, tail }, end: { writerId, sequence, hash } };
}

/** The hash of an event, over every column but itself and over the hash before it. */
export function eventHash(digest: ChainDigest, previous: Uint8Array, event: Omit<AuditEventTable, 'hash'>): Uint8Array {
  return digest(
    message(
      'audit-event',
      hex(previous),
      event.writer_id,
      event.sequence,
      event.pool_id,
      event.at,
      event.action,
      event.result,
      event.actor,
      event.address,
      event.request_id,
      event.user_id,
      event.detail,
    ),
  );
}

export function headMac(digest: ChainDigest, head: Omit<AuditHead, 'last_mac'>): Uint8Array {
  return digest(message('audit-head', head.writer_id, head.last_sequence, hex(head.last_hash), head.updated_at));
}

export function tailMac(digest: ChainDigest, writerId: string, tail: Omit<AuditTail, 'first_mac'>): Uint8Array {
  return digest(message('audit-tail', writerId, tail.first_sequence, hex(tail.first_hash)));
}

/** The beginning of a chain whose first kept event is `sequence` and follows one with this hash. */
export function tailAt(digest: ChainDigest, writerId: string, sequence: number, previous: Uint8Array): AuditTail {
  const tail = { first_sequence: sequence, first_hash: previous };
  return { ...tail, first_mac: tailMac(digest, writerId, tail) };
}

/** JSON of an array of strings, numbers and null is unambiguous: no two different lists give the same text. */
function message(kind: string, ...parts: readonly (string | number | null)[]): Buffer {
  return Buffer.from(JSON.stringify([`factorport/1/${kind}`, ...parts]));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
