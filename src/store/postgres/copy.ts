import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type BulkTable, type ColumnType, columnNames } from '../rows.ts';

/** "PGCOPY\n\377\r\n\0", no flags, no header extension (PostgreSQL documentation, COPY, "Binary Format"). */
const SIGNATURE = Buffer.from([0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const TRAILER = Buffer.from([0xff, 0xff]);
const CHUNK_BYTES = 256 * 1024;

/** Writes rows with COPY in binary form, about four times as fast as statements with parameters. */
export async function copyRows<Row>(
  client: ClientBase,
  table: BulkTable<Row>,
  rows: readonly Row[],
  target: string = table.name,
): Promise<void> {
  if (rows.length === 0) return;
  const columns = columnNames(table);
  const stream = client.query(copyFrom(`copy ${target} (${columns.join(', ')}) from stdin (format binary)`));
  const done = finished(stream);
  const encoder = createRowEncoder(columns.map((column) => [column, table.columns[column]] as const));
  try {
    stream.write(SIGNATURE);
    for (const row of rows) {
      const chunk = encoder.add(row);
      if (chunk !== undefined && !stream.write(chunk)) await Promise.race([once(stream, 'drain'), done]);
    }
    stream.end(Buffer.concat([encoder.rest(), TRAILER]));
  } catch (error) {
    // A COPY that is left open would keep the rollback waiting.
    stream.destroy(error as Error);
    await done.catch(() => undefined);
    throw error;
  }
  await done;
}

/** A column with the last value it had and, once that came twice, its bytes: in an import most columns never change. */
interface Column<Row> {
  readonly name: keyof Row & string;
  readonly type: ColumnType;
  last: unknown;
  encoded: Buffer | undefined;
}

function createRowEncoder<Row>(named: readonly (readonly [keyof Row & string, ColumnType])[]) {
  const columns = named.map(([name, type]): Column<Row> => ({ name, type, last: undefined, encoded: undefined }));
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let offset = 0;

  function reserve(bytes: number): void {
    if (offset + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, offset + bytes));
    buffer.copy(larger, 0, 0, offset);
    buffer = larger;
  }

  function addColumn(column: Column<Row>, value: unknown): void {
    if (value !== column.last) {
      column.last = value;
      column.encoded = undefined;
      addValue(column.type, value);
    } else if (column.encoded === undefined) {
      const start = offset;
      addValue(column.type, value);
      column.encoded = Buffer.from(buffer.subarray(start, offset));
    } else {
      reserve(column.encoded.length);
      buffer.set(column.encoded, offset);
      offset += column.encoded.length;
    }
  }

  function addValue(type: ColumnType, value: unknown): void {
    if (value === null) {
      reserve(4);
      offset = buffer.writeInt32BE(-1, offset);
    } else if (type === 'text') addText(value as string);
    else if (type === 'integer') addInteger(value as number);
    else addBytes(value as Uint8Array);
  }

  function addText(text: string): void {
    reserve(4 + text.length * 3);
    const written = buffer.write(text, offset + 4, 'utf8');
    buffer.writeInt32BE(written, offset);
    offset += 4 + written;
  }

  function addInteger(value: number): void {
    reserve(12);
    offset = buffer.writeInt32BE(8, offset);
    offset = buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), offset);
    offset = buffer.writeUInt32BE(value >>> 0, offset);
  }

  function addBytes(bytes: Uint8Array): void {
    reserve(4 + bytes.length);
    offset = buffer.writeInt32BE(bytes.length, offset);
    buffer.set(bytes, offset);
    offset += bytes.length;
  }

  function take(): Buffer {
    const chunk = buffer.subarray(0, offset);
    buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    offset = 0;
    return chunk;
  }

  return {
    /** @returns a full chunk to send, now and then */
    add(row: Row): Buffer | undefined {
      reserve(2);
      offset = buffer.writeInt16BE(columns.length, offset);
      for (const column of columns) addColumn(column, row[column.name]);
      return offset > CHUNK_BYTES - 4096 ? take() : undefined;
    },
    rest: take,
  };
}
