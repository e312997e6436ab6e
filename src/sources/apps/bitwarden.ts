import { parse } from 'csv-parse/sync';
import { FactorportError } from '../../errors/error.ts';
import { parseWholeJson, readWholeText } from '../input/whole-file.ts';
import { damagedAt } from '../input/xml.ts';
import { isLikeJson } from '../signs.ts';
import type { Recognition, Signs, Source, SourceInput, SourceItem, SourceOptions } from '../source.ts';
import { isObject, listOf, notThisFormat, objectIn, refuseAccount } from './app-item.ts';
import { openBitwardenExport } from './bitwarden-seal.ts';
import { readBitwardenTotp } from './bitwarden-totp.ts';

/** Vault exports of Bitwarden as JSON, CSV or encrypted JSON, and the JSON of Bitwarden Authenticator. */
export const bitwarden: Source = {
  name: 'bitwarden',
  title: { en: 'Bitwarden', zh: 'Bitwarden' },
  howToExport: {
    en: 'Bitwarden: Tools → Export vault, as .json, .csv or .json (Encrypted) with "Password protected"; or `bw export --format json`. Bitwarden Authenticator: Settings → Export.',
    zh: 'Bitwarden：工具 → 导出密码库，格式为 .json、.csv 或 .json (Encrypted)（选择“密码保护”）；或 `bw export --format json`。Bitwarden Authenticator：设置 → 导出。',
  },
  secret: { en: 'The password of an encrypted export', zh: '加密导出的密码' },
  recognise,
  read,
};

const CSV_COLUMN = 'login_totp';

function recognise({ json, rows }: Signs): Recognition | undefined {
  const has = (name: string): boolean => json?.paths.has(name) === true;
  if (has('encrypted') && (has('encKeyValidation_DO_NOT_EDIT') || has('items'))) {
    return {
      certainty: 'sure',
      because: {
        en: 'it says whether it is "encrypted", as Bitwarden does',
        zh: '含有 Bitwarden 特有的“encrypted”字段',
      },
    };
  }
  if (rows?.[0]?.includes(CSV_COLUMN) !== true) return undefined;
  return { certainty: 'sure', because: { en: 'it has the column "login_totp"', zh: '包含“login_totp”列' } };
}

async function* read(
  input: SourceInput,
  options: SourceOptions,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  const text = await readWholeText(input);
  yield isLikeJson(text) ? await readJson(text, options) : readCsv(text);
}

async function readJson(text: string, options: SourceOptions): Promise<readonly SourceItem[]> {
  const file = parseWholeJson(text);
  if (!isObject(file) || typeof file.encrypted !== 'boolean') throw notThisFormat('bitwarden');
  const vault = file.encrypted ? await openBitwardenExport(file, options) : file;
  const items = listOf(isObject(vault) ? vault.items : undefined, 'bitwarden');
  return items.map((item, index) => {
    const place = { item: index + 1 };
    if (!isObject(item)) return refuseAccount(place, {}, '', 'row_damaged');
    const { totp, username } = objectIn(item, 'login');
    return readBitwardenTotp(totp, username, place, 'login.totp');
  });
}

function readCsv(text: string): readonly SourceItem[] {
  const rows = parseRows(text);
  if (rows[0] !== undefined && !Object.hasOwn(rows[0].record, CSV_COLUMN)) throw notThisFormat('bitwarden');
  return rows.map(({ record, info }, index) =>
    readBitwardenTotp(record[CSV_COLUMN], record.login_username, { item: index + 1, line: info.lines }, CSV_COLUMN),
  );
}

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

/** One person's vault has some thousands at most; each costs a kilobyte of memory. */
const MAXIMUM_ROWS = 50_000;

function tooManyRows(): FactorportError {
  const limit = { en: `${MAXIMUM_ROWS} rows`, zh: `${MAXIMUM_ROWS} 行` };
  return new FactorportError('source_too_large', { parameters: { limit } });
}

function parseRows(text: string): readonly Row[] {
  try {
    const options = { columns: true, bom: true, info: true, skip_empty_lines: true, to: MAXIMUM_ROWS + 1 };
    const rows = parse(text, options) as unknown as readonly Row[];
    if (rows.length > MAXIMUM_ROWS) throw tooManyRows();
    return rows;
  } catch (error) {
    if (error instanceof FactorportError) throw error;
    const { lines } = error as { lines?: unknown };
    throw damagedAt(typeof lines === 'number' ? lines : 1, {
      en: 'a row has other columns than the first one, or its quotes do not match',
      zh: '该行的列数与首行不同，或引号不成对',
    });
  }
}
