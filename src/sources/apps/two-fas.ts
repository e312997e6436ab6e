import { FactorportError } from '../../errors/error.ts';
import { parseWholeJson, readWholeText } from '../input/whole-file.ts';
import { decodeBase64, type FieldNames } from '../registration.ts';
import { derivePbkdf2 } from '../sealed/derive-key.ts';
import { openGcmJoined } from '../sealed/open-aes.ts';
import type { Recognition, Signs, Source, SourceInput, SourceItem, SourceOptions } from '../source.ts';
import {
  damagedSeal,
  isObject,
  listOf,
  notThisFormat,
  objectIn,
  passwordOf,
  readAppAccount,
  refuseAccount,
  userOf,
  wrongPassword,
} from './app-item.ts';

/** The backup file of 2FAS, schema versions 1 to 4, in clear or encrypted. */
export const twoFas: Source = {
  name: '2fas',
  title: { en: '2FAS Authenticator', zh: '2FAS Authenticator' },
  howToExport: {
    en: '2FAS: Settings → 2FAS Backup → Export to file.',
    zh: '2FAS：设置 → 2FAS 备份 → 导出到文件。',
  },
  secret: { en: 'The password of an encrypted backup', zh: '加密备份的密码' },
  recognise,
  read,
};

const FIELDS: FieldNames = {
  secret: 'secret',
  type: 'otp.tokenType',
  algorithm: 'otp.algorithm',
  digits: 'otp.digits',
  period: 'otp.period',
  counter: 'otp.counter',
};
const NEWEST_SCHEMA = 4;
/** Fixed in the app. */
const ITERATIONS = 10_000;
const KEY_BYTES = 32;

function recognise({ json }: Signs): Recognition | undefined {
  if (json === undefined || !json.paths.has('services') || !json.paths.has('schemaVersion')) return undefined;
  return {
    certainty: 'sure',
    because: { en: 'it has "services" and "schemaVersion"', zh: '包含“services”和“schemaVersion”' },
  };
}

async function* read(
  input: SourceInput,
  options: SourceOptions,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  const backup = parseWholeJson(await readWholeText(input));
  if (!isObject(backup) || typeof backup.schemaVersion !== 'number') throw notThisFormat('2fas');
  if (backup.schemaVersion > NEWEST_SCHEMA) throw newerSchema();
  const sealed = backup.servicesEncrypted;
  const services = typeof sealed === 'string' && sealed !== '' ? await openServices(sealed, options) : backup.services;
  const isFirstSchema = backup.schemaVersion === 1;
  yield listOf(services, '2fas').map((service, index) => readService(service, index + 1, isFirstSchema, options));
}

/**
 * Schema 1 has no parameters at all, because the app then had only usual TOTPs. Schema 2 writes the period of a TOTP and
 * nothing that tells a HOTP, so of an entry without a period the type is not known.
 */
function readService(service: unknown, item: number, isFirstSchema: boolean, { assume }: SourceOptions): SourceItem {
  const place = { item };
  if (!isObject(service)) return refuseAccount(place, {}, '', 'row_damaged');
  const { tokenType, algorithm, digits, period, counter, account, label } = objectIn(service, 'otp');
  const type = tokenType ?? (isFirstSchema || typeof period === 'number' ? 'totp' : assume?.type);
  if (type === undefined) return refuseAccount(place, userOf(account), FIELDS.type as string, 'type_missing');
  return readAppAccount(
    {
      place,
      account: typeof account === 'string' && account !== '' ? account : accountInLabel(label),
      type,
      secret: { text: service.secret, encoding: 'base32' },
      algorithm,
      digits,
      periodSeconds: period,
      counter,
    },
    FIELDS,
  );
}

/** `Issuer:account`. */
function accountInLabel(label: unknown): string | undefined {
  return typeof label === 'string' ? label.slice(label.indexOf(':') + 1).trim() : undefined;
}

/** `ciphertext and tag:salt:nonce`, each in base64: PBKDF2-HMAC-SHA256 and AES-256-GCM. */
async function openServices(sealed: string, { secret }: SourceOptions): Promise<unknown> {
  const password = passwordOf(secret);
  const [joined, salt, nonce, ...others] = sealed.split(':').map(decodeBase64);
  if (!(joined instanceof Uint8Array && salt instanceof Uint8Array && nonce instanceof Uint8Array)) throw damagedSeal();
  if (others.length > 0 || salt.length === 0) throw damagedSeal();
  const key = await derivePbkdf2(password, { salt, iterations: ITERATIONS, keyBytes: KEY_BYTES, digest: 'sha256' });
  const opened = openGcmJoined(key, nonce, joined);
  if (opened === undefined) throw wrongPassword();
  return parseWholeJson(opened.toString());
}

function newerSchema(): FactorportError {
  return new FactorportError('source_unsupported', {
    parameters: {
      product: { en: 'a newer version of 2FAS', zh: '更新版本的 2FAS' },
      advice: { en: 'Look for a newer version of Factorport.', zh: '请升级 Factorport。' },
    },
  });
}
