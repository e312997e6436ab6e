import { csvRows, headRowsOf } from './csv.ts';
import type { Source, TableField } from './source.ts';
import { findColumns, requireColumns } from './table/columns.ts';
import { normalise, readHeading } from './table/headings.ts';
import { readFirstRows } from './table/row.ts';
import { FIRST_ROWS, readPlannedRows } from './table/table.ts';

const NEEDED: readonly TableField[] = ['serial', 'secret', 'period'];
/** Beside {@link NEEDED}, one of them tells this table from others. */
const OWN_HEADINGS = new Set(['manufacturer', 'model']);

/**
 * Hardware tokens as Microsoft Entra takes them, and so as vendors (Deepnet, Token2, Feitian) and HelloID give them:
 * `upn,serial number,secret key,time interval,manufacturer,model`. Secrets are base32, always; codes have six digits by SHA-1,
 * unless a column says otherwise. Files of vendors name no user: a list of assignments does.
 */
export const entra: Source = {
  name: 'entra',
  title: { en: 'Microsoft Entra hardware tokens (CSV)', zh: 'Microsoft Entra 硬件令牌（CSV）' },
  howToExport: {
    en: 'Entra never gives secrets back: use the CSV that the vendor of the tokens sent for the upload to Entra. Do not open and save it in Excel, which damages serial numbers.',
    zh: 'Entra 不会再给出密钥：请使用令牌厂商为导入 Entra 提供的 CSV。请勿用 Excel 打开后保存，以免损坏序列号。',
  },
  recognise(signs) {
    const [first] = headRowsOf(signs);
    if (first === undefined || !hasOwnHeadings(first)) return undefined;
    return {
      certainty: 'sure',
      because: {
        en: 'its headings are those of Microsoft Entra (serial number, secret key, time interval)',
        zh: '表头与 Microsoft Entra 一致（serial number、secret key、time interval）',
      },
    };
  },
  async *read(input, options) {
    const readRows = await csvRows(input);
    const columns = findColumns(await readFirstRows(readRows, FIRST_ROWS), options);
    requireColumns(columns);
    const { assume = {}, encoding = 'base32' } = options;
    const required: readonly TableField[] = assume.periodSeconds === undefined ? ['period'] : [];
    yield* readPlannedRows(readRows, { columns, encoding, isDecided: false, assume, required });
  },
};

function hasOwnHeadings(row: readonly string[]): boolean {
  const fields = new Set(row.map((cell) => readHeading(cell)?.field));
  return NEEDED.every((field) => fields.has(field)) && row.some((cell) => OWN_HEADINGS.has(normalise(cell)));
}
