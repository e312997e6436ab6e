import { toSourceItem } from './registration.ts';
import type { Place, Source, SourceItem, SourceOptions } from './source.ts';
import { readCsvRows, readHeadRows } from './table/csv-rows.ts';
import type { Row } from './table/row.ts';

const FORM = { separator: ',', isQuoted: true };
/** What a line is about, in the first column of the traditional format. */
const EVENTS =
  /^(?:logging start|oath-hotp|yubico otp|static password|challenge-response|configuration (?:update|swap))/i;
/** Lines about the log or the key, and not about a secret. */
const NO_SECRETS = /^(?:logging start|configuration (?:update|swap))/i;
/** Of the traditional format: from the slot to the end. A date with a comma in it may stand before them. */
const LAST_COLUMNS = 16;
const [ID, SECRET, DIGITS, COUNTER] = [1, 3, 9, 10];
/** 20 bytes; Yubico OTP and static passwords have keys of 16. */
const HOTP_KEY = /^[0-9a-f]{40}$/i;

/**
 * Logs of the YubiKey Personalization Tool: the traditional format, with a line of 18 columns for each programming, and the
 * "Yubico" format, `serial,identity,moving factor,key,access code,time`. Only OATH-HOTP can be imported.
 *
 * In the Yubico format a challenge-response key looks like an OATH-HOTP key without an identity; it is taken for the latter,
 * as by privacyIDEA. That format does not say the digits; six is what the tool proposes.
 */
export const yubico: Source = {
  name: 'yubico',
  title: { en: 'YubiKey Personalization Tool log (CSV)', zh: 'YubiKey Personalization Tool 日志（CSV）' },
  howToExport: {
    en: 'The tool writes `configuration_log.csv` while keys are programmed, if Settings > Logging is on. There is no way to read the secret of a key later.',
    zh: '在 Settings > Logging 开启时，该工具会在写入密钥时生成 `configuration_log.csv`。之后无法再从 YubiKey 读出密钥。',
  },
  recognise({ text, isWhole, json, xml }) {
    if (text === undefined || json !== undefined || xml !== undefined) return undefined;
    const rows = readHeadRows(text, isWhole, [','], () => 0);
    const isLog = rows.some((cells) => EVENTS.test(cells[0] ?? '') && cells.length > 1);
    if (!isLog && (rows.length === 0 || !rows.every(isYubicoFormat))) return undefined;
    return {
      certainty: 'sure',
      because: { en: 'it is a log of the YubiKey Personalization Tool', zh: '是 YubiKey Personalization Tool 的日志' },
    };
  },
  async *read(input, options) {
    let item = 0;
    for await (const batch of readCsvRows(input, FORM)) {
      const rows = batch.filter(({ cells }) => !NO_SECRETS.test(cells?.[0] ?? ''));
      if (rows.length > 0) yield rows.map((row) => readRow(row, { item: ++item, line: row.line }, options));
    }
  },
};

function readRow({ cells = [] }: Row, place: Place, options: SourceOptions): SourceItem {
  const [event = ''] = cells;
  if (cells.length < 4) return refuse(place, 'row_damaged', '');
  if (/^oath-hotp/i.test(event)) return readTraditional(cells, place);
  if (EVENTS.test(event) || !/^\d*$/.test(event)) return refuse(place, 'not_oath', '');
  const [serial, , counter = '', text = ''] = cells;
  if (text === '') return refuse(place, 'no_secret', 'secret', serial);
  if (!HOTP_KEY.test(text) || !/^\d{1,10}$/.test(counter)) return refuse(place, 'not_oath', '', serial);
  const digits = options.assume?.digits;
  const secret = { text, encoding: 'hex' as const };
  return toSourceItem({ place, user: {}, serial: serial || undefined, secret, type: 'hotp', digits, counter }, NAMES);
}

function readTraditional(cells: readonly string[], place: Place): SourceItem {
  const own = cells.slice(Math.max(2, cells.length - LAST_COLUMNS));
  const serial = tokenIdentity(own[ID]);
  if (own.length < LAST_COLUMNS) return refuse(place, 'row_damaged', '', serial);
  const digits = own[DIGITS] ?? '';
  const counter = own[COUNTER] ?? '';
  const secret = { text: own[SECRET] ?? '', encoding: 'hex' as const };
  return toSourceItem({ place, user: {}, serial, secret, type: 'hotp', digits, counter }, NAMES);
}

const NAMES = { secret: 'secret' };

/** The identity that the key types before its codes; twelve times `c`, which is zero, where nobody chose one. */
function tokenIdentity(text: string | undefined): string | undefined {
  return text === undefined || /^c*$/.test(text) ? undefined : text;
}

function isYubicoFormat(cells: readonly string[]): boolean {
  return cells.length >= 6 && /^\d+$/.test(cells[0] ?? '') && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(cells[5] ?? '');
}

function refuse(
  place: Place,
  reason: 'row_damaged' | 'not_oath' | 'no_secret',
  field: string,
  serial?: string,
): SourceItem {
  return { kind: 'problem', problem: { place, user: {}, serial: serial || undefined, field, reason } };
}
