import type { ClientBase } from 'pg';
import type { ChainPiece } from '../audit-chain.ts';
import { AUDIT_EVENT_COLUMNS, AUDIT_WRITER_COLUMNS } from '../rows.ts';

/** A statement has at most 65,535 parameters. */
const EVENTS_A_STATEMENT = 5_000;

/** Writes events and the head of their chain in one statement. */
export function writeAuditOnPostgres(client: ClientBase) {
  return async ({ events, head, tail }: ChainPiece): Promise<void> => {
    let start = 0;
    for (; events.length - start > EVENTS_A_STATEMENT; start += EVENTS_A_STATEMENT) {
      const values: unknown[] = [];
      const insert = insertEvents(values, events.slice(start, start + EVENTS_A_STATEMENT));
      await client.query(insert, values);
    }
    const values: unknown[] = [];
    const insert = insertEvents(values, events.slice(start));
    const place = (value: unknown) => `$${values.push(value)}`;
    if (tail === undefined) {
      await client.query(
        `with appended as (${insert}) update audit_writer
           set last_sequence = ${place(head.last_sequence)}, last_hash = ${place(head.last_hash)},
             last_mac = ${place(head.last_mac)}, updated_at = ${place(head.updated_at)}
           where writer_id = ${place(head.writer_id)}`,
        values,
      );
    } else {
      const row = { ...head, ...tail };
      const columns = AUDIT_WRITER_COLUMNS;
      await client.query(
        `with appended as (${insert}) insert into audit_writer (${columns.join(', ')})
           values (${columns.map((column) => place(row[column])).join(', ')})`,
        values,
      );
    }
  };
}

/** @param values gets the parameters of the statement */
function insertEvents(values: unknown[], events: ChainPiece['events']): string {
  const rows = events.map(
    (event) => `(${AUDIT_EVENT_COLUMNS.map((column) => `$${values.push(event[column])}`).join(', ')})`,
  );
  return `insert into audit_event (${AUDIT_EVENT_COLUMNS.join(', ')}) values ${rows.join(', ')}`;
}
