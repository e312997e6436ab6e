import type { SQLInputValue } from 'node:sqlite';
import type { ChainPiece } from '../audit-chain.ts';
import { AUDIT_EVENT_COLUMNS, AUDIT_WRITER_COLUMNS } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';

const places = (columns: readonly string[]) => columns.map(() => '?').join(', ');
const INSERT_EVENT = `insert into audit_event (${AUDIT_EVENT_COLUMNS.join(', ')}) values (${places(AUDIT_EVENT_COLUMNS)})`;
const INSERT_WRITER = `insert into audit_writer (${AUDIT_WRITER_COLUMNS.join(', ')}) values (${places(AUDIT_WRITER_COLUMNS)})`;
const MOVE_HEAD =
  'update audit_writer set last_sequence = ?, last_hash = ?, last_mac = ?, updated_at = ? where writer_id = ?';

/** Writes events and the head of their chain, each by a prepared statement. */
export function writeAuditOnSqlite(connection: SqliteConnection) {
  return async ({ events, head, tail }: ChainPiece): Promise<void> => {
    const insert = connection.prepare(INSERT_EVENT);
    for (const event of events) insert.run(...AUDIT_EVENT_COLUMNS.map((column) => event[column] as SQLInputValue));
    if (tail === undefined) {
      const { last_sequence, last_hash, last_mac, updated_at, writer_id } = head;
      connection.prepare(MOVE_HEAD).run(last_sequence, last_hash, last_mac, updated_at, writer_id);
    } else {
      const row = { ...head, ...tail };
      connection.prepare(INSERT_WRITER).run(...AUDIT_WRITER_COLUMNS.map((column) => row[column] as SQLInputValue));
    }
  };
}
