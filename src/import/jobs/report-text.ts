import { fillText, type Language } from '../../language.ts';
import { guardCell } from '../../sources/formula-guard.ts';
import { type SourceUser, TABLE_FIELDS, type TableField } from '../../sources/source.ts';
import { REASONS } from '../reasons.ts';
import type { ReportRow } from './job.ts';

export const REPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

type Batches = AsyncIterable<readonly ReportRow[]>;

/** Columns behind those of the table: what is wrong, passed over by an import. */
const PROBLEM_COLUMNS = ['severity', 'item', 'line', 'field', 'reason', 'message'] as const;
/** Without it Excel takes UTF-8 for the encoding of the country. */
const BYTE_ORDER_MARK = '\ufeff';

/** The report as text in pieces; mended, with the secrets filled in, it can be imported again. */
export function reportText(format: ReportFormat, batches: Batches, language: Language): AsyncGenerator<string> {
  return format === 'csv' ? reportCsv(batches, language) : reportNdjson(batches, language);
}

/** One item a line in the form of the `authing` source, with the problem beside it. */
export async function* reportNdjson(batches: Batches, language: Language): AsyncGenerator<string> {
  for await (const rows of batches) {
    yield rows.map((row) => `${JSON.stringify(toNdjsonItem(row, language))}\n`).join('');
  }
}

/**
 * A table (RFC 4180, UTF-8 with byte order mark) with the headings that the `csv` source knows. Cells that a spreadsheet
 * would execute begin with an apostrophe, which the import takes away again.
 */
export async function* reportCsv(batches: Batches, language: Language): AsyncGenerator<string> {
  yield `${BYTE_ORDER_MARK}${csvLine([...TABLE_FIELDS, ...PROBLEM_COLUMNS])}`;
  for await (const rows of batches) yield rows.map((row) => csvLine(toCells(row, language))).join('');
}

/** What is wrong with an item, as the report and the API tell it. */
export function toProblemDto(
  { severity, item, line, field, reason, parameters, serial }: ReportRow,
  language: Language,
) {
  return {
    severity,
    item,
    line: line ?? null,
    field,
    reason,
    message: fillText(REASONS[reason], language, parameters),
    ...(serial === undefined ? {} : { serial }),
  };
}

function toNdjsonItem(row: ReportRow, language: Language) {
  const { id, ...others } = row.user;
  const problem = toProblemDto(row, language);
  const isNamedOtherwise = Object.keys(others).length > 0;
  return {
    userId: id ?? '',
    otp: { secret: '' },
    problem: isNamedOtherwise ? { ...problem, user: others } : problem,
  };
}

const CELLS_OF_USER: Readonly<Partial<Record<TableField, keyof SourceUser>>> = {
  user_id: 'id',
  external_id: 'externalId',
  username: 'username',
  email: 'email',
  phone: 'phone',
  user: 'name',
};

function toCells(row: ReportRow, language: Language): string[] {
  const problem = toProblemDto(row, language);
  const known = TABLE_FIELDS.map((field) => {
    const member = CELLS_OF_USER[field];
    if (member !== undefined) return row.user[member] ?? '';
    return field === 'serial' ? (row.serial ?? '') : '';
  });
  return [...known, ...PROBLEM_COLUMNS.map((column) => String(problem[column] ?? ''))];
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => quote(guardCell(cell))).join(',')}\r\n`;
}

function quote(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
