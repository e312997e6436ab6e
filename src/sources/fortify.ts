import type { Reason } from '../import/reasons.ts';
import type { LocalText } from '../language.ts';
import { createLaravelOpen } from './crypto/laravel.ts';
import { hasPath } from './document-signs.ts';
import { embeddedJson, idOf, type JsonObject, memberOf, textOf } from './json-object.ts';
import { createOpener } from './opener.ts';
import { readRecordItems } from './record-items.ts';
import { isMasked } from './registration.ts';
import type { JsonSigns, Place, Source, SourceItem, SourceUser } from './source.ts';
import { toUserItems, type UserCodes } from './user-items.ts';

const KEY: LocalText = {
  en: 'the APP_KEY of the application, as it stands in .env: base64:…',
  zh: '应用的 APP_KEY，即 .env 中 base64: 开头的值',
};
const PREFIXES = ['', 'users.*.', 'data.*.'];

/** Rows of the table of users, also as phpMyAdmin writes them. */
export const fortify: Source = {
  name: 'fortify',
  title: { en: 'Laravel Fortify', zh: 'Laravel Fortify' },
  howToExport: {
    en: "In `php artisan tinker`: `file_put_contents('users.json', DB::table('users')->get(['id', 'email', 'two_factor_secret', 'two_factor_recovery_codes', 'two_factor_confirmed_at'])->toJson());`",
    zh: "在 `php artisan tinker` 中运行：`file_put_contents('users.json', DB::table('users')->get(['id', 'email', 'two_factor_secret', 'two_factor_recovery_codes', 'two_factor_confirmed_at'])->toJson());`",
  },
  secret: KEY,
  recognise: ({ json }) => {
    const certainty = json === undefined ? undefined : certaintyOf(json);
    if (certainty === undefined) return undefined;
    return {
      certainty,
      because: {
        en: 'its rows have the columns "two_factor_…" of Laravel Fortify',
        zh: '含有 Laravel Fortify 的“two_factor_…”列',
      },
    };
  },
  read: (input, { secret }) => {
    const open = createOpener(KEY, secret, createLaravelOpen);
    return readRecordItems(input, {
      format: 'fortify',
      paths: ['', 'users.*', 'data.*'],
      containers: ['users', 'data'],
      toItems: (record, nextPlace) => readRow(record, nextPlace, open),
    });
  },
};

function certaintyOf(json: JsonSigns): 'sure' | 'possible' | undefined {
  for (const prefix of PREFIXES) {
    const has = (name: string) => hasPath(json, prefix + name);
    if (!has('two_factor_secret')) continue;
    return has('two_factor_recovery_codes') || has('two_factor_confirmed_at') ? 'sure' : 'possible';
  }
  return undefined;
}

function readRow(
  record: JsonObject,
  nextPlace: () => Place,
  open: ReturnType<typeof createOpener>,
): readonly SourceItem[] {
  const user: SourceUser = {
    id: idOf(record.id),
    username: textOf(record.username),
    email: textOf(record.email),
    phone: textOf(memberOf(record, 'phone', 'phone_number')),
  };
  const { two_factor_secret: sealed, two_factor_confirmed_at: confirmedAt } = record;
  const refuse = (field: string, reason: Reason) => toUserItems(user, nextPlace, [{ field, reason }]);
  if (sealed === undefined || sealed === null || sealed === '') return toUserItems(user, nextPlace, []);
  // The column is missing where the application never asked for a confirmation.
  if (confirmedAt === null || confirmedAt === '') return refuse('two_factor_confirmed_at', 'unconfirmed');
  if (typeof sealed !== 'string') return refuse('two_factor_secret', 'wrong_type');
  if (isMasked(sealed)) return refuse('two_factor_secret', 'masked');
  const secret = open(sealed);
  if (typeof secret === 'string') return refuse('two_factor_secret', secret);
  const codes = readRecoveryCodes(record.two_factor_recovery_codes, open);
  if (typeof codes === 'string') return refuse('two_factor_recovery_codes', codes);
  const names = { secret: 'two_factor_secret', recoveryCodes: 'two_factor_recovery_codes' };
  const factor = { secret: { text: secret.opened, encoding: 'base32' } } as const;
  return toUserItems(user, nextPlace, [{ factor, names }], codes);
}

function readRecoveryCodes(value: unknown, open: ReturnType<typeof createOpener>): UserCodes | Reason {
  if (value === undefined || value === null || value === '') return {};
  if (typeof value !== 'string') return 'wrong_type';
  const result = open(value);
  if (typeof result === 'string') return result;
  const codes = embeddedJson(result.opened);
  return Array.isArray(codes) ? { recoveryCodes: codes } : 'row_damaged';
}
