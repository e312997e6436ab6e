import { FactorportError } from '../errors/error.ts';
import type { Source, SourceInput, SourceOptions } from './source.ts';
import { findColumns } from './table/columns.ts';
import { inspectTable } from './table/inspect.ts';
import { type ReadRows, readFirstRows } from './table/row.ts';
import { FIRST_ROWS, readTable } from './table/table.ts';
import { readSheetRows } from './xlsx/sheet-rows.ts';
import { openWorkbook, type Sheet } from './xlsx/workbook.ts';

/** Workbooks of Excel and what writes such ones. */
export const xlsx: Source = {
  name: 'xlsx',
  title: { en: 'Excel workbook (XLSX)', zh: 'Excel 工作簿（XLSX）' },
  howToExport: {
    en: 'Save the list as .xlsx, with headings in the first row and the columns of secrets, recovery codes and serial numbers formatted as text before anything is entered.',
    zh: '另存为 .xlsx：首行为表头，密钥、恢复码和序列号列须在录入前设为文本格式。',
  },
  recognise({ bytes }) {
    if (!isWorkbook(bytes)) return undefined;
    return { certainty: 'sure', because: { en: 'it is an Excel workbook', zh: '是 Excel 工作簿' } };
  },
  async *read(input, options) {
    yield* readTable(await xlsxRows(input, options), options);
  },
  async inspect(input, options) {
    return inspectTable(await xlsxRows(input, options), options);
  },
};

/** Whether a file begins as a zip archive with parts of a workbook in it. */
export function isWorkbook(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (!text.startsWith('PK\u0003\u0004')) return false;
  for (let at = 0; at >= 0; at = text.indexOf('PK\u0003\u0004', at + 1)) {
    if (text.startsWith('xl/', at + 30)) return true;
  }
  return false;
}

/**
 * The rows of the one sheet that holds registrations: the one whose columns are understood, or else the first with any text.
 *
 * @throws `source_sheets` where there are several; `source_empty`, `source_archive`, `source_damaged`, `source_too_large`
 */
export async function xlsxRows(
  input: SourceInput,
  options: Pick<SourceOptions, 'mapping'>,
  isWanted = hasSecrets,
): Promise<ReadRows> {
  const { sheets, texts } = await openWorkbook(input);
  const filled: { readonly sheet: Sheet; readonly readRows: ReadRows; readonly isUnderstood: boolean }[] = [];
  for (const sheet of sheets) {
    const readRows = () => readSheetRows(sheet, texts);
    const rows = await readFirstRows(readRows, FIRST_ROWS);
    if (rows.length > 0) filled.push({ sheet, readRows, isUnderstood: isWanted(rows, options) });
  }
  const understood = filled.filter(({ isUnderstood }) => isUnderstood);
  if (understood.length > 1) {
    // The names are what people have called their sheets.
    const names = understood.map(({ sheet }) => sheet.name.slice(0, 31));
    throw new FactorportError('source_sheets', { parameters: { sheets: names.join(', ') } });
  }
  const chosen = understood[0] ?? filled[0];
  if (chosen === undefined) throw new FactorportError('source_empty');
  return chosen.readRows;
}

function hasSecrets(rows: Parameters<typeof findColumns>[0], options: Pick<SourceOptions, 'mapping'>): boolean {
  try {
    return findColumns(rows, options).positions.has('secret');
  } catch {
    // A mapping to a column that only another sheet has.
    return false;
  }
}
