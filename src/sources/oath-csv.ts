import { FactorportError } from '../errors/error.ts';
import { hasVersion2, isHex, isType, layoutOf, saysVersion2 } from './oath-csv/layout.ts';
import { type OathPlan, readOathRow } from './oath-csv/row.ts';
import type { Recognition, SecretEncoding, Source, SourceInput, SourceItem, SourceOptions } from './source.ts';
import { countCell, createColumnCounts, decideEncoding, requireEncoding } from './table/column-encoding.ts';
import { findSeparator, readCsvRows, readHeadRows } from './table/csv-rows.ts';
import type { ReadRows } from './table/row.ts';

const SEPARATORS = [',', ';', '\t'];
/** Of a key in a list without types; shorter ones are more likely to be something else. */
const SURE_KEY_LENGTH = 32;

/** Lists of OATH tokens without headings, keys in hex. */
export const oathCsv: Source = {
  name: 'oath-csv',
  title: {
    en: 'OATH CSV: privacyIDEA, LinOTP, NetIQ, Duo, PingID',
    zh: 'OATH CSV：privacyIDEA、LinOTP、NetIQ、Duo、PingID',
  },
  howToExport: {
    en: 'Use the list that the vendor of the tokens sent for the import there. From privacyIDEA: `privacyidea-token-janitor find export csv` (HOTP tokens have no counter in it and cannot be taken).',
    zh: '请使用令牌厂商为导入该系统提供的列表。从 privacyIDEA 导出：`privacyidea-token-janitor find export csv`（其中 HOTP 令牌没有计数器，无法导入）。',
  },
  recognise({ text, isWhole, json, xml }) {
    if (text === undefined || json !== undefined || xml !== undefined) return undefined;
    const rows = readHeadRows(text, isWhole, SEPARATORS, rate);
    return recogniseRows(rows, saysVersion2(text.split(/\r\n?|\n/, 50)));
  },
  async *read(input, options) {
    const separator = await findSeparator(input, SEPARATORS, rate);
    const readRows: ReadRows = () => readCsvRows(input, { separator, isQuoted: true });
    const plan = await makePlan(input, readRows, options);
    let item = 0;
    for await (const batch of readRows()) {
      const items: SourceItem[] = [];
      for (const row of batch) {
        if (item > 0 || !isHeading(row.cells)) items.push(readOathRow(row, ++item, plan));
      }
      if (items.length > 0) yield items;
    }
  },
};

function recogniseRows(rows: readonly (readonly string[])[], isVersion2: boolean): Recognition | undefined {
  const typed = rows.find((cells) => rate(cells) === 2);
  if (typed !== undefined || (isVersion2 && rows.some((cells) => isHex(cells[4])))) {
    const because = { en: 'its rows are serial number, key and type', zh: '各行依次为序列号、密钥和类型' };
    return { certainty: 'sure', because };
  }
  const isShort = (cells: readonly string[]) =>
    cells.length <= 3 &&
    isHex(cells[1]) &&
    (cells[1] as string).length >= SURE_KEY_LENGTH &&
    /^\d*$/.test(cells[2] ?? '');
  if (rows.length === 0 || !rows.every(isShort)) return undefined;
  return {
    certainty: 'possible',
    because: { en: 'its rows are serial number and hexadecimal key', zh: '各行依次为序列号和十六进制密钥' },
  };
}

/** How much a row is one of these: 2 with a type, 1 with a key in the second place. */
function rate(cells: readonly string[]): number {
  const [, second, third, fourth, fifth, sixth] = cells;
  if (isHex(second) && isType(third)) return 2;
  if (isType(fourth) && third !== undefined && /^[0-9a-z]{16,}$/i.test(third)) return 2;
  if (isHex(fifth) && isType(sixth)) return 2;
  return isHex(second) ? 1 : 0;
}

/** privacyIDEA's export may name its columns. */
function isHeading(cells: readonly string[] | undefined): boolean {
  return cells?.[1]?.toLowerCase() === 'serial' || cells?.[0]?.toLowerCase() === 'serial';
}

/**
 * Looks at the rows up to the first that says its type, by which the layout of all is known; at all of them, where none does,
 * because a list without types does not mean HOTP. Of privacyIDEA's own export, all keys are looked at for how they are written.
 */
async function makePlan(input: SourceInput, readRows: ReadRows, options: SourceOptions): Promise<OathPlan> {
  const { assume = {} } = options;
  const found = (await hasVersion2(input)) ? 'user' : await findLayout(readRows);
  if (found === undefined && assume.type === undefined) throw new FactorportError('source_type_needed');
  const layout = found ?? 'serial';
  const encoding = layout === 'owner' ? (options.encoding ?? (await decideKeys(readRows))) : 'hex';
  return { layout, saysTypes: found !== undefined, encoding: encoding === 'otpauth' ? 'hex' : encoding, assume };
}

async function findLayout(readRows: ReadRows): Promise<'serial' | 'owner' | undefined> {
  for await (const batch of readRows()) {
    for (const { cells = [] } of batch) {
      const layout = layoutOf(cells);
      if (layout === 'serial' || layout === 'owner') return layout;
    }
  }
  return undefined;
}

async function decideKeys(readRows: ReadRows): Promise<SecretEncoding> {
  const counts = createColumnCounts();
  for await (const batch of readRows()) for (const { cells } of batch) countCell(counts, cells?.[2] ?? '');
  return requireEncoding(decideEncoding(counts));
}
