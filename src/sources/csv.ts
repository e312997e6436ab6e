import { isLikeJson } from './signs.ts';
import type { Signs, Source, SourceInput } from './source.ts';
import { findSeparator, readCsvRows, readHeadRows } from './table/csv-rows.ts';
import { readHeading } from './table/headings.ts';
import { inspectTable } from './table/inspect.ts';
import { looksLikeTable } from './table/looks.ts';
import type { ReadRows } from './table/row.ts';
import { readTable } from './table/table.ts';

const SEPARATORS = [',', ';', '\t', '|'];

/** Tables of whatever origin, as text: an export of one's own database above all. */
export const csv: Source = {
  name: 'csv',
  title: { en: 'CSV or TSV table', zh: 'CSV 或 TSV 表格' },
  howToExport: {
    en: 'Select from your own database with a heading for each column: `COPY (SELECT username, totp_secret FROM users) TO \'users.csv\' CSV HEADER`. From a spreadsheet: Save As, "CSV UTF-8", with the columns of secrets and serial numbers formatted as text.',
    zh: "从自有数据库导出并保留表头：`COPY (SELECT username, totp_secret FROM users) TO 'users.csv' CSV HEADER`。电子表格请先将密钥和序列号列设为文本，再另存为“CSV UTF-8”。",
  },
  recognise(signs) {
    const because = looksLikeTable(headRowsOf(signs));
    return because === undefined ? undefined : { certainty: 'possible', because };
  },
  async *read(input, options) {
    yield* readTable(await csvRows(input), options);
  },
  async inspect(input, options) {
    return inspectTable(await csvRows(input), options);
  },
};

/** The rows of a CSV file whose separator is to be found out. */
export async function csvRows(input: SourceInput): Promise<ReadRows> {
  const separator = await findSeparator(input, SEPARATORS, knownHeadings);
  return () => readCsvRows(input, { separator, isQuoted: true });
}

/** The rows at the beginning of a file; none where it is no table as text. */
export function headRowsOf({ text, isWhole, json, xml }: Signs): readonly (readonly string[])[] {
  if (text === undefined || json !== undefined || xml !== undefined || isLikeJson(text)) return [];
  return readHeadRows(text, isWhole, SEPARATORS, knownHeadings);
}

function knownHeadings(row: readonly string[]): number {
  return row.filter((cell) => readHeading(cell) !== undefined).length;
}
