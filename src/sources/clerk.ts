import type { Reason } from '../import/reasons.ts';
import { hasPath } from './document-signs.ts';
import { idOf, isJsonObject, type JsonObject, memberOf, objectOf, optionalListOf, textOf } from './json-object.ts';
import { readRecordItems } from './record-items.ts';
import type { JsonSigns, Place, Source, SourceItem, SourceUser } from './source.ts';
import { toUserItems, type UserFactor } from './user-items.ts';

/** Users as Clerk's API takes them. Its own export has no secrets. */
export const clerk: Source = {
  name: 'clerk',
  title: { en: 'Clerk', zh: 'Clerk' },
  howToExport: {
    en: 'Users in the shape of `POST /v1/users`: `[{"external_id", "email_address": ["…"], "totp_secret", "backup_codes": ["…"]}]`. Clerk\'s own export leaves the secrets out; its support may hand them over.',
    zh: '采用 `POST /v1/users` 的结构：`[{"external_id", "email_address": ["…"], "totp_secret", "backup_codes": ["…"]}]`。Clerk 自带的导出不含密钥，可联系其支持团队获取。',
  },
  recognise: ({ json }) => {
    const certainty = json === undefined ? undefined : certaintyOf(json);
    if (certainty === undefined) return undefined;
    return {
      certainty,
      because: {
        en: 'its users have "totp_secret" and fields as Clerk has',
        zh: '用户含有“totp_secret”及 Clerk 的字段',
      },
    };
  },
  read: (input) =>
    readRecordItems(input, { format: 'clerk', paths: ['', 'users.*'], containers: ['users'], toItems: readUser }),
};

const OWN_FIELDS = ['email_address', 'email_addresses', 'password_hasher', 'password_digest', 'skip_password_checks'];

function certaintyOf(json: JsonSigns): 'sure' | 'possible' | undefined {
  for (const prefix of ['', 'users.*.']) {
    const has = (name: string) => hasPath(json, prefix + name);
    if (has('totp_enabled') && has('backup_code_enabled')) return 'sure';
    if (!has('totp_secret') || has('email.email')) continue;
    return OWN_FIELDS.some(has) ? 'sure' : 'possible';
  }
  return undefined;
}

function readUser(record: JsonObject, nextPlace: () => Place): readonly SourceItem[] {
  const externalId = idOf(record.external_id);
  const user: SourceUser = {
    // Before a user is created there is only the id that the system before had.
    id: idOf(record.id) ?? externalId,
    externalId,
    username: textOf(record.username),
    email: firstAddress(memberOf(record, 'email_address', 'email_addresses', 'email'), 'email_address'),
    phone: firstAddress(memberOf(record, 'phone_number', 'phone_numbers'), 'phone_number'),
  };
  const { codes, notes } = readBackupCodes(record.backup_codes);
  return toUserItems(user, nextPlace, readFactors(record), { recoveryCodes: codes, notes });
}

function readFactors({ totp_secret, totp_enabled }: JsonObject): readonly UserFactor[] {
  const isThere = totp_secret !== undefined && totp_secret !== null && totp_secret !== '';
  if (!isThere && totp_enabled !== true) return [];
  return [
    {
      factor: { secret: { text: totp_secret, encoding: 'base32' } },
      names: { secret: 'totp_secret', recoveryCodes: 'backup_codes' },
    },
  ];
}

/** Codes are plain, or hashed with bcrypt, as `2a`, `2b`, `2x` or `2y`. */
function readBackupCodes(given: unknown): { codes: readonly unknown[]; notes: readonly Reason[] | undefined } {
  const all = optionalListOf(given);
  const codes = all.filter((code) => !(typeof code === 'string' && /^\$2[abxy]?\$/.test(code)));
  return { codes, notes: codes.length < all.length ? ['codes_not_transferable'] : undefined };
}

/** A text, a list of texts, or a list of objects as the API answers with. */
function firstAddress(value: unknown, member: string): string | undefined {
  const first = Array.isArray(value) ? (value[0] as unknown) : value;
  return textOf(isJsonObject(first) ? objectOf(first)[member] : first);
}
