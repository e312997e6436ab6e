import { FactorportError } from '../errors/error.ts';
import { toSourceItem } from './registration.ts';
import type { Source, SourceItem } from './source.ts';
import { readCsvRows, readHeadRows } from './table/csv-rows.ts';
import type { Row } from './table/row.ts';

const HEADINGS = ['issuer', 'username', 'algorithm', 'digits', 'period', 'secret'];
/** Authelia writes values as they are: a quotation mark is one, and a comma in a name makes one cell more. */
const FORM = { separator: ',', isQuoted: false };
/** What the command says at its end, where its output was kept instead of its file. */
const LAST_WORDS = /^Successfully exported /i;

/** `authelia storage user totp export csv`. */
export const autheliaCsv: Source = {
  name: 'authelia-csv',
  title: { en: 'Authelia (CSV)', zh: 'Authelia（CSV）' },
  howToExport: {
    en: '`authelia storage user totp export csv --file totp.csv` (names with commas are not told apart in it: export as YAML then)',
    zh: '`authelia storage user totp export csv --file totp.csv`（用户名含逗号时无法区分，请改为导出 YAML）',
  },
  recognise({ text, isWhole, json, xml }) {
    if (text === undefined || json !== undefined || xml !== undefined) return undefined;
    const [first] = readHeadRows(text, isWhole, [','], () => 0);
    if (first === undefined || !isHeading(first)) return undefined;
    const because = { en: 'its headings are those of Authelia', zh: '表头与 Authelia 导出一致' };
    return { certainty: 'sure', because };
  },
  async *read(input) {
    let item = 0;
    let isFirst = true;
    for await (const batch of readCsvRows(input, FORM)) {
      const items: SourceItem[] = [];
      for (const row of batch) {
        if (isFirst && !isHeading(row.cells ?? [])) {
          throw new FactorportError('source_not_this_format', { parameters: { format: 'authelia-csv' } });
        }
        if (!isFirst && !LAST_WORDS.test(row.cells?.[0] ?? '')) items.push(readRow(row, ++item));
        isFirst = false;
      }
      if (items.length > 0) yield items;
    }
  },
};

function readRow({ cells = [], line }: Row, item: number): SourceItem {
  const place = { item, line };
  // With a comma too many it is not known whose it is: issuers have some, and names of directories do.
  if (cells.length !== HEADINGS.length) {
    return { kind: 'problem', problem: { place, user: {}, field: '', reason: 'row_damaged' } };
  }
  const [, username, algorithm, digits, periodSeconds, text] = cells;
  const user = username ? { username } : {};
  const secret = { text, encoding: 'base32' as const };
  for (const [field, value] of Object.entries({ algorithm, digits, period: periodSeconds })) {
    if (value === '') return { kind: 'problem', problem: { place, user, field, reason: 'missing' } };
  }
  return toSourceItem({ place, user, secret, algorithm, digits, periodSeconds }, { secret: 'secret' });
}

function isHeading(cells: readonly string[]): boolean {
  return HEADINGS.every((heading, index) => cells[index]?.toLowerCase() === heading);
}
