import { parseWholeJson, readWholeText } from '../input/whole-file.ts';
import { decodeBase64, decodeHex, type FieldNames } from '../registration.ts';
import { deriveScrypt } from '../sealed/derive-key.ts';
import { openGcm } from '../sealed/open-aes.ts';
import type { Recognition, Signs, Source, SourceInput, SourceItem, SourceOptions } from '../source.ts';
import {
  damagedSeal,
  isObject,
  type Json,
  listOf,
  notThisFormat,
  objectIn,
  passwordOf,
  readAppAccount,
  refuseAccount,
  wrongPassword,
} from './app-item.ts';

/** The export of Aegis Authenticator, in clear or encrypted (docs/vault.md of Aegis). */
export const aegis: Source = {
  name: 'aegis',
  title: { en: 'Aegis Authenticator', zh: 'Aegis Authenticator' },
  howToExport: {
    en: 'Aegis: Settings → Import & Export → Export, format "Aegis (.json)".',
    zh: 'Aegis：设置 → 导入与导出 → 导出，格式选择“Aegis (.json)”。',
  },
  secret: { en: 'The password of an encrypted export', zh: '加密导出的密码' },
  recognise,
  read,
};

const FIELDS: FieldNames = {
  secret: 'info.secret',
  algorithm: 'info.algo',
  digits: 'info.digits',
  period: 'info.period',
  counter: 'info.counter',
};
const PASSWORD_SLOT = 1;
const KEY_BYTES = 32;
/** Each password of a vault has one, and each costs a derivation to try. */
const MAXIMUM_SLOTS = 8;

function recognise({ json }: Signs): Recognition | undefined {
  if (json === undefined || !json.paths.has('header.slots') || !json.paths.has('db')) return undefined;
  return {
    certainty: 'sure',
    because: { en: 'it has "header" with "slots", and "db"', zh: '包含带有“slots”的“header”以及“db”' },
  };
}

async function* read(
  input: SourceInput,
  options: SourceOptions,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  const vault = parseWholeJson(await readWholeText(input));
  if (!isObject(vault) || !isObject(vault.header)) throw notThisFormat('aegis');
  const db = typeof vault.db === 'string' ? await openDb(vault.header, vault.db, options) : vault.db;
  const entries = isObject(db) ? listOf(db.entries, 'aegis') : listOf(undefined, 'aegis');
  yield entries.map((entry, index) => readEntry(entry, index + 1));
}

function readEntry(entry: unknown, item: number): SourceItem {
  const place = { item };
  if (!isObject(entry)) return refuseAccount(place, {}, '', 'row_damaged');
  const { secret, algo, digits, period, counter } = objectIn(entry, 'info');
  return readAppAccount(
    {
      place,
      account: entry.name,
      type: entry.type,
      secret: { text: secret, encoding: 'base32' },
      algorithm: algo,
      digits,
      periodSeconds: period,
      counter,
    },
    FIELDS,
  );
}

/** The vault's key is in slots, sealed by a key that a password gives by scrypt; it opens the database. */
async function openDb(header: Json, db: string, { secret }: SourceOptions): Promise<unknown> {
  const password = passwordOf(secret);
  const slots = Array.isArray(header.slots) ? header.slots.filter(isPasswordSlot).slice(0, MAXIMUM_SLOTS) : [];
  let isKeyFound = false;
  for (const slot of slots) {
    const key = await openSlot(slot, password);
    if (key === undefined) continue;
    isKeyFound = true;
    const ciphertext = decodeBase64(db);
    if (typeof ciphertext === 'string') break;
    const opened = openSealed(key, ciphertext, objectIn(header, 'params'));
    if (opened !== undefined) return parseWholeJson(opened.toString());
  }
  throw isKeyFound || slots.length === 0 ? damagedSeal() : wrongPassword();
}

function isPasswordSlot(slot: unknown): slot is Json {
  return isObject(slot) && slot.type === PASSWORD_SLOT;
}

async function openSlot(slot: Json, password: string): Promise<Buffer | undefined> {
  const { n, r, p } = slot;
  const salt = bytesOf(slot.salt);
  const sealed = bytesOf(slot.key);
  const isComplete = typeof n === 'number' && typeof r === 'number' && typeof p === 'number';
  if (!isComplete || salt === undefined || sealed === undefined) throw damagedSeal();
  const key = await deriveScrypt(password, { salt, n, r, p, keyBytes: KEY_BYTES });
  return openSealed(key, sealed, objectIn(slot, 'key_params'));
}

function openSealed(key: Uint8Array, ciphertext: Uint8Array, parameters: Json): Buffer | undefined {
  const nonce = bytesOf(parameters.nonce);
  const tag = bytesOf(parameters.tag);
  return nonce === undefined || tag === undefined ? undefined : openGcm(key, { nonce, ciphertext, tag });
}

function bytesOf(hex: unknown): Uint8Array | undefined {
  const bytes = typeof hex === 'string' ? decodeHex(hex) : undefined;
  return typeof bytes === 'string' ? undefined : bytes;
}
