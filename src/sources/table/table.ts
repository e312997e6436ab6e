import type { SecretEncoding, SourceItem, SourceOptions } from '../source.ts';
import {
  type ColumnDecision,
  countCell,
  createColumnCounts,
  decideEncoding,
  requireEncoding,
} from './column-encoding.ts';
import { type Columns, findColumns, requireColumns } from './columns.ts';
import { type ReadRows, readFirstRows } from './row.ts';
import { readRow, type TablePlan } from './row-item.ts';

/** So many rows show what the columns are. */
export const FIRST_ROWS = 100;

/**
 * Reads a table that says by its headings, or whose operator says, what its columns are. The file is read twice where the
 * encoding of its secrets has to be told from all of them.
 *
 * @throws `source_mapping_needed`, `source_mapping_unknown`, `source_encoding_needed`
 */
export async function* readTable(
  readRows: ReadRows,
  options: SourceOptions,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  const columns = findColumns(await readFirstRows(readRows, FIRST_ROWS), options);
  requireColumns(columns);
  const given = options.encoding ?? columns.encoding;
  const encoding = given ?? requireEncoding(await decideColumn(readRows, columns));
  yield* readPlannedRows(readRows, { columns, encoding, isDecided: given === undefined, assume: options.assume ?? {} });
}

/** Reads a table of which all is known. */
export async function* readPlannedRows(
  readRows: ReadRows,
  plan: TablePlan,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  let item = 0;
  let isHeading = plan.columns.headings !== undefined;
  for await (const batch of readRows()) {
    const items: SourceItem[] = [];
    for (const row of batch) {
      if (isHeading) isHeading = false;
      else items.push(readRow(row, ++item, plan));
    }
    if (items.length > 0) yield items;
  }
}

/** Tells from all secrets of a table how they are written. */
export async function decideColumn(readRows: ReadRows, { positions, headings }: Columns): Promise<ColumnDecision> {
  const counts = createColumnCounts();
  const position = positions.get('secret') as number;
  let isHeading = headings !== undefined;
  for await (const batch of readRows()) {
    for (const { cells } of batch) {
      const cell = cells?.[position];
      if (!isHeading && cell !== undefined) countCell(counts, cell);
      isHeading = false;
    }
  }
  return decideEncoding(counts);
}

/** The encoding for an inspection, which does not throw where the operator is to be asked. */
export async function encodingOf(
  readRows: ReadRows,
  columns: Columns,
  options: SourceOptions,
): Promise<SecretEncoding | undefined> {
  const given = options.encoding ?? columns.encoding;
  if (given !== undefined || !columns.positions.has('secret')) return given;
  const decision = await decideColumn(readRows, columns);
  return 'encoding' in decision ? decision.encoding : undefined;
}
