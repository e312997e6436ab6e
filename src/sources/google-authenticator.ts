import { readLines } from './input/lines.ts';
import { type MigrationPayload, type OtpParametersMessage, readMigrationPayload } from './migration-payload.ts';
import { decodeBase64, toSourceItem } from './registration.ts';
import type { Place, Recognition, Signs, Source, SourceItem } from './source.ts';

const ALGORITHMS = ['SHA1', 'SHA1', 'SHA256', 'SHA512'];
const DIGITS = [6, 6, 8];
const TYPES = ['totp', 'hotp', 'totp'];
/** As an unknown number is passed on, to be refused. */
const UNKNOWN = 'unknown';
const MAXIMUM_BATCHES = 10_000;
/** QR codes of one export; the app fits ten accounts on each. */
const MAXIMUM_PARTS = 100;

/**
 * The QR codes by which Google Authenticator moves accounts, as addresses, one a line. The format has no period; its
 * numbers for algorithm, digits and type are those of the app, 0 standing for the usual value.
 */
export const googleAuthenticator: Source = {
  name: 'google-authenticator',
  title: { en: 'Google Authenticator transfer', zh: 'Google Authenticator 账号转移' },
  howToExport: {
    en: 'In the app: Menu > Transfer accounts > Export accounts. Read each QR code with a scanner that shows its text, and put the otpauth-migration:// addresses of all of them into a file, one a line.',
    zh: '在应用中选择“菜单 > 转移账号 > 导出账号”。用可显示文本的扫码工具读取每个二维码，将全部 otpauth-migration:// 地址逐行写入文件。',
  },
  recognise,
  async *read(input) {
    const batches = createBatches();
    let item = 0;
    for await (const lines of readLines(input)) {
      const items: SourceItem[] = [];
      for (const { text, number } of lines) {
        const address = text.trim();
        if (address === '' || address.startsWith('#')) continue;
        const payload = readAddress(address);
        if (typeof payload === 'string') {
          const place = { item: ++item, line: number };
          items.push({ kind: 'problem', problem: { place, user: {}, field: 'data', reason: payload } });
          continue;
        }
        batches.add(payload, number);
        for (const message of payload.messages) items.push(readMessage(message, { item: ++item, line: number }));
      }
      if (items.length > 0) yield items;
    }
    const missing = batches.missing(item);
    if (missing.length > 0) yield missing;
  },
};

function recognise({ text }: Signs): Recognition | undefined {
  const first = text?.split(/[\r\n]+/).find((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  if (first === undefined || !/^\s*otpauth-migration:\/\//i.test(first)) return undefined;
  return {
    certainty: 'sure',
    because: { en: 'its first line is an otpauth-migration:// address', zh: '第一行是 otpauth-migration:// 地址' },
  };
}

/** The data is percent-decoded only: a `+` belongs to base64 and is no space. */
function readAddress(address: string): MigrationPayload | 'not_key_uri' | 'row_damaged' {
  const parts = /^otpauth-migration:\/\/offline\/?\?(?:[^#]*&)?data=([^&#]*)/i.exec(address);
  if (parts === null) return 'not_key_uri';
  let data: string;
  try {
    data = decodeURIComponent(parts[1] as string);
  } catch {
    return 'row_damaged';
  }
  const bytes = decodeBase64(data);
  if (typeof bytes === 'string' || bytes.length === 0) return 'row_damaged';
  return readMigrationPayload(bytes) ?? 'row_damaged';
}

function readMessage(message: OtpParametersMessage, place: Place): SourceItem {
  const { secret, name, issuer, algorithm, digits, type, counter } = message;
  const account = accountOf(name, issuer);
  const typeName = TYPES[type] ?? UNKNOWN;
  return toSourceItem(
    {
      place,
      user: account === '' ? {} : { name: account },
      secret,
      type: typeName,
      algorithm: ALGORITHMS[algorithm] ?? UNKNOWN,
      digits: DIGITS[digits] ?? UNKNOWN,
      counter,
      notes: typeName === 'totp' ? ['period_unknown'] : undefined,
    },
    { secret: 'secret', type: 'type', algorithm: 'algorithm', digits: 'digits', counter: 'counter' },
  );
}

/** The name often repeats the issuer: `Issuer:account`. */
function accountOf(name: string, issuer: string): string {
  const isRepeated = issuer !== '' && name.startsWith(`${issuer}:`);
  return (isRepeated ? name.slice(issuer.length + 1) : name).trim();
}

/** Remembers which QR codes of each export were there. */
function createBatches() {
  const batches = new Map<number, { readonly size: number; readonly line: number; readonly seen: Set<number> }>();
  return {
    add({ batchId, batchSize, batchIndex }: MigrationPayload, line: number): void {
      if (batchSize < 2 || (batches.size >= MAXIMUM_BATCHES && !batches.has(batchId))) return;
      const batch = batches.get(batchId) ?? { size: batchSize, line, seen: new Set() };
      if (batchIndex >= 0 && batchIndex < MAXIMUM_PARTS) batch.seen.add(batchIndex);
      batches.set(batchId, batch);
    },
    missing(lastItem: number): SourceItem[] {
      const items: SourceItem[] = [];
      for (const { size, line, seen } of batches.values()) {
        const missing = Array.from({ length: Math.min(size, MAXIMUM_PARTS) }, (_, index) => index).filter(
          (one) => !seen.has(one),
        );
        if (missing.length === 0) continue;
        const place = { item: lastItem + items.length + 1, line };
        const parameters = { count: size, missing: missing.map((index) => index + 1).join(', ') };
        items.push({
          kind: 'problem',
          problem: { place, user: {}, field: 'data', reason: 'parts_missing', parameters },
        });
      }
      return items;
    },
  };
}
