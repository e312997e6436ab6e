import { isMasked } from '../registration.ts';
import type { SourceOptions, TableColumn, TableField, TableInspection } from '../source.ts';
import { type Columns, columnName, findColumns } from './columns.ts';
import { type ReadRows, type Row, readFirstRows } from './row.ts';
import { encodingOf, FIRST_ROWS } from './table.ts';
import { kindOf, readingsOf } from './written-secret.ts';

const SHOWN_ROWS = 5;
const SHOWN_CHARACTERS = 80;
const MASK = '••••••••';
const SECRET_FIELDS: readonly TableField[] = ['secret', 'recovery_codes', 'check_code'];

/**
 * Shows a table before it is imported. Masked are the columns of secrets and codes, every column in which some cell of the
 * first rows can be a secret, and whatever else is long and without spaces.
 *
 * @throws `source_mapping_unknown` where the operator names a column that is not there
 */
export async function inspectTable(readRows: ReadRows, options: SourceOptions): Promise<TableInspection> {
  const rows = await readFirstRows(readRows, FIRST_ROWS);
  const columns = findColumns(rows, options);
  const fields = new Map([...columns.positions].map(([field, position]) => [position, field]));
  const body = columns.headings === undefined ? rows : rows.slice(1);
  const masked = maskedColumns(columns, body, fields);
  return {
    columns: Array.from({ length: columns.width }, (_, position): TableColumn => {
      return { heading: columnName(columns, position), field: fields.get(position) };
    }),
    hasHeadings: columns.headings !== undefined,
    rows: body.slice(0, SHOWN_ROWS).map((row) => showRow(row, columns.width, masked)),
    mapping: Object.fromEntries(
      [...columns.positions].map(([field, position]) => [field, columnName(columns, position)]),
    ),
    encoding: await encodingOf(readRows, columns, options),
  };
}

function maskedColumns(
  { width }: Columns,
  body: readonly Row[],
  fields: ReadonlyMap<number, TableField>,
): ReadonlySet<number> {
  const masked = new Set<number>();
  for (let position = 0; position < width; position++) {
    const field = fields.get(position);
    if (
      field === undefined ? body.some((row) => mayBeSecret(row.cells?.[position] ?? '')) : SECRET_FIELDS.includes(field)
    ) {
      masked.add(position);
    }
  }
  return masked;
}

function showRow({ cells = [] }: Row, width: number, masked: ReadonlySet<number>): readonly string[] {
  return Array.from({ length: width }, (_, position) => {
    const cell = cells[position] ?? '';
    if (cell === '') return '';
    return masked.has(position) || isAddress(cell) ? MASK : cell.slice(0, SHOWN_CHARACTERS);
  });
}

/** Of a column that nobody has named: a key, a list of codes, a hash, or anything long in one piece but an e-mail address. */
function mayBeSecret(cell: string): boolean {
  if (isAddress(cell) || isMasked(cell) || readingsOf(cell).reads.length > 0) return true;
  return /^\S{16,}$/.test(cell) && !/^[^\s@]+@[^\s@]+$/.test(cell);
}

function isAddress(cell: string): boolean {
  const kind = kindOf(cell);
  return kind === 'uri' || kind === 'other-uri' || kind === 'hashed';
}
