import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { PackedRows } from '../packed.ts';
import { type BulkTable, type ColumnType, columnNames } from '../rows.ts';

/** "PGCOPY\n\377\r\n\0", no flags, no header extension (PostgreSQL documentation, COPY, "Binary Format"). */
const SIGNATURE = Buffer.from([0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const TRAILER = Buffer.from([0xff, 0xff]);
const CHUNK_BYTES = 256 * 1024;
const NOTHING: ReadonlySet<number> = new Set();

/** Writes rows with COPY in binary form, about four times as fast as statements with parameters. */
export async function copyRows<Row>(
  client: ClientBase,
  table: BulkTable<Row>,
  rows: readonly Row[],
  target: string = table.name,
): Promise<void> {
  if (rows.length > 0) await copyChunks(client, table, encodeRows(table, rows), target);
}

/** Writes rows that are encoded already. @param leaveOut places of entries whose rows are not written */
export async function copyPacked<Row>(
  client: ClientBase,
  table: BulkTable<Row>,
  packed: PackedRows,
  leaveOut: ReadonlySet<number> = NOTHING,
): Promise<void> {
  if (packed.owners.every((owner) => leaveOut.has(owner))) return;
  await copyChunks(client, table, chunksOf(packed, leaveOut), table.name);
}

async function copyChunks<Row>(
  client: ClientBase,
  table: BulkTable<Row>,
  chunks: Iterable<Uint8Array>,
  target: string,
): Promise<void> {
  const columns = columnNames(table);
  const stream = client.query(copyFrom(`copy ${target} (${columns.join(', ')}) from stdin (format binary)`));
  const done = finished(stream);
  try {
    stream.write(SIGNATURE);
    for (const chunk of chunks) {
      if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), done]);
    }
    stream.end(TRAILER);
  } catch (error) {
    // A COPY that is left open would keep the rollback waiting.
    stream.destroy(error as Error);
    await done.catch(() => undefined);
    throw error;
  }
  await done;
}

function* encodeRows<Row>(table: BulkTable<Row>, rows: readonly Row[]): Generator<Uint8Array> {
  const encoder = createRowEncoder(columnNames(table).map((column) => [column, table.columns[column]] as const));
  for (const row of rows) {
    encoder.add(row);
    if (encoder.length() > CHUNK_BYTES - 4096) yield encoder.rest();
  }
  yield encoder.rest();
}

/** The rows of entries that are not left out, in as few pieces as there are gaps, none larger than a chunk. */
function* chunksOf({ owners, content }: PackedRows, leaveOut: ReadonlySet<number>): Generator<Uint8Array> {
  if (content.form !== 'copy') throw new Error('rows packed for another engine');
  const { bytes, ends } = content;
  let start = 0;
  let end = 0;
  for (let row = 0; row < ends.length; row++) {
    const isLeftOut = leaveOut.has(owners[row] as number);
    if ((isLeftOut || end - start > CHUNK_BYTES) && end > start) {
      yield bytes.subarray(start, end);
      start = end;
    }
    end = ends[row] as number;
    if (isLeftOut) start = end;
  }
  if (end > start) yield bytes.subarray(start, end);
}

/** A column with the last value it had and, once that came twice, its bytes: in an import most columns never change. */
interface Column<Row> {
  readonly name: keyof Row & string;
  readonly type: ColumnType;
  last: unknown;
  encoded: Buffer | undefined;
}

/** Encodes rows as tuples of a binary COPY. */
export function createRowEncoder<Row>(named: readonly (readonly [keyof Row & string, ColumnType])[]) {
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
    add(row: Row): void {
      reserve(2);
      offset = buffer.writeInt16BE(columns.length, offset);
      for (const column of columns) addColumn(column, row[column.name]);
    },
    /** Bytes since the last {@link rest}. */
    length: () => offset,
    rest: take,
  };
}
