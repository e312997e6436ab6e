import type { LocalText } from '../../language.ts';
import { columnName, findColumns } from './columns.ts';

/**
 * Whether rows can be a table of registrations: its columns are named, or an unnamed one holds nothing but addresses.
 *
 * @param rows the first ones, without comments
 * @returns what says so
 */
export function looksLikeTable(rows: readonly (readonly string[])[]): LocalText | undefined {
  if (rows.length === 0) return undefined;
  const columns = findColumns(
    rows.map((cells, index) => ({ line: index + 1, cells })),
    {},
  );
  const position = columns.positions.get('secret');
  if (position === undefined) {
    if (columns.headings === undefined || columns.width < 2) return undefined;
    return { en: 'it is a table with headings', zh: '是带表头的表格' };
  }
  // A list of addresses, one a line, has a reader of its own.
  if (columns.headings === undefined && columns.width < 2) return undefined;
  const name = columnName(columns, position);
  return {
    en: `it is a table with a column of secrets (${name})`,
    zh: `是含有密钥列（${name}）的表格`,
  };
}
