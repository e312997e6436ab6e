import { createRowEncoder } from './postgres/copy.ts';
import { type BulkTable, type ColumnType, columnNames } from './rows.ts';
import type { Engine } from './store.ts';

/**
 * Rows made ready in another thread, in the form in which the engine takes them fastest, so that the thread which writes
 * them has little left to do.
 */
export interface PackedRows {
  readonly count: number;
  /** For each row, the place of the entry that it belongs to, in the batch. */
  readonly owners: Uint32Array;
  readonly content: CopyContent | ColumnContent;
}

/** Tuples of a binary COPY, one after the other; `ends` says where each ends. */
export interface CopyContent {
  readonly form: 'copy';
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/** The values of each column, for a prepared statement. */
export interface ColumnContent {
  readonly form: 'columns';
  readonly columns: readonly PackedColumn[];
}

/**
 * A column: one value for all rows, or one for each. Texts and bytes stand one after the other, because one long value
 * goes to another thread faster than many short ones.
 */
export type PackedColumn =
  | { readonly kind: 'same'; readonly value: string | number | Uint8Array | null }
  | { readonly kind: 'each'; readonly values: readonly (string | number | null)[] }
  | { readonly kind: 'text'; readonly text: string; readonly ends: Uint32Array }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly ends: Uint32Array };

export interface RowPacker<Row> {
  add(row: Row, owner: number): void;
  /** What was added since the last time. */
  take(): PackedRows;
}

/** Packs rows of a table for an engine. */
export function createRowPacker<Row>(engine: Engine, table: BulkTable<Row>): RowPacker<Row> {
  const content = engine === 'postgres' ? copyPacker(table) : columnPacker(table);
  let owners: number[] = [];
  return {
    add(row, owner) {
      owners.push(owner);
      content.add(row);
    },
    take() {
      const packed = { count: owners.length, owners: Uint32Array.from(owners), content: content.take() };
      owners = [];
      return packed;
    },
  };
}

/** What of packed rows goes to another thread without a copy. */
export function transferable({ content, owners }: PackedRows): ArrayBuffer[] {
  const buffers = [owners.buffer];
  if (content.form === 'copy') buffers.push(content.bytes.buffer, content.ends.buffer);
  else for (const column of content.columns) buffers.push(...buffersOf(column));
  return buffers as ArrayBuffer[];
}

function copyPacker<Row>(table: BulkTable<Row>) {
  const columns = columnNames(table).map((name) => [name, table.columns[name]] as const);
  const encoder = createRowEncoder(columns);
  let ends: number[] = [];
  return {
    add(row: Row): void {
      encoder.add(row);
      ends.push(encoder.length());
    },
    take(): CopyContent {
      const content = { form: 'copy', bytes: Uint8Array.from(encoder.rest()), ends: Uint32Array.from(ends) } as const;
      ends = [];
      return content;
    },
  };
}

function columnPacker<Row>(table: BulkTable<Row>) {
  const names = columnNames(table);
  const types = names.map((name): ColumnType => table.columns[name]);
  let values: unknown[][] = names.map(() => []);
  return {
    add(row: Row): void {
      for (let index = 0; index < names.length; index++) values[index]?.push(row[names[index] as keyof Row]);
    },
    take(): ColumnContent {
      const columns = values.map((column, index) => packColumn(column, types[index] as ColumnType));
      values = names.map(() => []);
      return { form: 'columns', columns };
    },
  };
}

function buffersOf(column: PackedColumn): ArrayBufferLike[] {
  if (column.kind === 'bytes') return [column.bytes.buffer, column.ends.buffer];
  return column.kind === 'text' ? [column.ends.buffer] : [];
}

function packColumn(values: readonly unknown[], type: ColumnType): PackedColumn {
  if (type === 'bytes') return packBytes(values as Uint8Array[]);
  const [first] = values as (string | number | null)[];
  if (first !== undefined && values.every((value) => value === first)) return { kind: 'same', value: first };
  if (type === 'text' && values.every((value) => typeof value === 'string')) return packTexts(values as string[]);
  return { kind: 'each', values: values as (string | number | null)[] };
}

function packTexts(texts: readonly string[]): PackedColumn {
  let end = 0;
  const ends = Uint32Array.from(texts, (text) => {
    end += text.length;
    return end;
  });
  return { kind: 'text', text: texts.join(''), ends };
}

function packBytes(pieces: readonly Uint8Array[]): PackedColumn {
  const ends = new Uint32Array(pieces.length);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let end = 0;
  for (const [index, piece] of pieces.entries()) {
    bytes.set(piece, end);
    end += piece.length;
    ends[index] = end;
  }
  return { kind: 'bytes', bytes, ends };
}
