import { createHash } from 'node:crypto';
import type { Reason } from '../import/reasons.ts';
import type { LocalText } from '../language.ts';
import { openXChaCha, XCHACHA_NONCE_BYTES } from './crypto/xchacha20-poly1305.ts';
import { hasPath } from './document-signs.ts';
import { embeddedJson, idOf, isFalse, type JsonObject, memberOf, textOf } from './json-object.ts';
import { createOpener, type Open } from './opener.ts';
import { readRecordItems } from './record-items.ts';
import { decodeHex, isMasked } from './registration.ts';
import type { JsonSigns, Place, Source, SourceItem, SourceUser } from './source.ts';
import { toUserItems } from './user-items.ts';

const KEY: LocalText = { en: 'the value of BETTER_AUTH_SECRET', zh: 'BETTER_AUTH_SECRET 的值' };
const TABLES = ['twoFactor', 'two_factor'];
const NAMES = [
  ['userId', 'backupCodes'],
  ['user_id', 'backup_codes'],
] as const;

/** Rows of the table `twoFactor`. */
export const betterAuth: Source = {
  name: 'better-auth',
  title: { en: 'Better Auth', zh: 'Better Auth' },
  howToExport: {
    en: 'From the database, one row a line: `psql -At -c \'SELECT row_to_json(t) FROM "twoFactor" t\'`.',
    zh: '从数据库导出，每行一条：`psql -At -c \'SELECT row_to_json(t) FROM "twoFactor" t\'`。',
  },
  secret: KEY,
  recognise: ({ json }) =>
    json !== undefined && isBetterAuth(json)
      ? {
          certainty: 'sure',
          because: {
            en: 'its rows have the columns of the table "twoFactor" of Better Auth',
            zh: '含有 Better Auth 的“twoFactor”表的列',
          },
        }
      : undefined,
  read: (input, { secret }) => {
    const open = createOpener(KEY, secret, createOpen);
    return readRecordItems(input, {
      format: 'better-auth',
      paths: ['', ...TABLES.map((table) => `${table}.*`)],
      containers: TABLES,
      toItems: (record, nextPlace) => readRow(record, nextPlace, open),
    });
  },
};

function isBetterAuth(json: JsonSigns): boolean {
  return ['', ...TABLES.map((table) => `${table}.*.`)].some((prefix) =>
    NAMES.some((names) => ['secret', ...names].every((name) => hasPath(json, prefix + name))),
  );
}

function createOpen(secret: string): Open {
  const key = createHash('sha256').update(secret).digest();
  return (text) => {
    const bytes = decodeHex(text.replace(/^\$ba\$[^$]*\$/, ''));
    if (typeof bytes === 'string') return bytes;
    const nonce = bytes.subarray(0, XCHACHA_NONCE_BYTES);
    if (nonce.length < XCHACHA_NONCE_BYTES) return 'decryption_failed';
    const opened = openXChaCha(key, nonce, bytes.subarray(XCHACHA_NONCE_BYTES));
    return opened === undefined ? undefined : { opened: opened.toString() };
  };
}

function readRow(
  record: JsonObject,
  nextPlace: () => Place,
  open: ReturnType<typeof createOpener>,
): readonly SourceItem[] {
  const user: SourceUser = {
    id: idOf(memberOf(record, 'userId', 'user_id')),
    username: textOf(record.username),
    email: textOf(record.email),
  };
  const refuse = (field: string, reason: Reason) => toUserItems(user, nextPlace, [{ field, reason }]);
  if (isFalse(record.verified)) return refuse('verified', 'unconfirmed');
  const sealed = record.secret;
  if (sealed === undefined || sealed === null || sealed === '') return refuse('secret', 'no_secret');
  if (typeof sealed !== 'string') return refuse('secret', 'wrong_type');
  if (isMasked(sealed)) return refuse('secret', 'masked');
  const secret = open(sealed);
  if (typeof secret === 'string') return refuse('secret', secret);
  const field = Object.hasOwn(record, 'backup_codes') ? 'backup_codes' : 'backupCodes';
  const codes = readBackupCodes(record[field], open);
  if (typeof codes === 'string') return refuse(field, codes);
  // The text is the key as it is (issue 9944 of the project), though apps are shown base32 of it.
  const factor = { secret: { text: secret.opened, encoding: 'text' } } as const;
  return toUserItems(user, nextPlace, [{ factor, names: { secret: 'secret', recoveryCodes: field } }], codes);
}

/** A JSON list, as it is or encrypted like the secret; with other settings of the product, something of its own. */
function readBackupCodes(
  value: unknown,
  open: ReturnType<typeof createOpener>,
): { recoveryCodes?: readonly unknown[]; notes?: readonly Reason[] } | Reason {
  if (value === undefined || value === null || value === '') return {};
  const plain = embeddedJson(value);
  if (Array.isArray(plain)) return { recoveryCodes: plain };
  if (typeof value !== 'string') return 'wrong_type';
  const result = open(value);
  if (result === 'not_hex') return { notes: ['codes_not_transferable'] };
  if (typeof result === 'string') return result;
  const codes = embeddedJson(result.opened);
  return Array.isArray(codes) ? { recoveryCodes: codes } : 'row_damaged';
}
