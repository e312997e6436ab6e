import { hasPath } from './document-signs.ts';
import { embeddedJson, idOf, type JsonObject, optionalListOf, textOf } from './json-object.ts';
import { readRecordItems } from './record-items.ts';
import type { Place, Source, SourceItem, SourceUser } from './source.ts';
import { toUserItems } from './user-items.ts';

const PREFIXES = ['', 'users.*.', 'data.*.'];

/** The users of an initial-data file, of the API, or of the database. */
export const casdoor: Source = {
  name: 'casdoor',
  title: { en: 'Casdoor', zh: 'Casdoor' },
  howToExport: {
    en: 'Start Casdoor with `--exportData`, which writes `init_data_dump.json`. The API masks the secrets.',
    zh: '使用 `--exportData` 启动 Casdoor，会写出 `init_data_dump.json`。API 返回的密钥是被遮盖的。',
  },
  recognise: ({ json }) =>
    json !== undefined &&
    PREFIXES.some((prefix) => hasPath(json, `${prefix}totpSecret`) && hasPath(json, `${prefix}owner`))
      ? {
          certainty: 'sure',
          because: { en: 'its users have "owner" and "totpSecret"', zh: '用户含有“owner”和“totpSecret”' },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, {
      format: 'casdoor',
      paths: ['', 'users.*', 'data.*'],
      containers: ['users', 'data', 'organizations'],
      toItems: readUser,
    }),
};

function readUser(record: JsonObject, nextPlace: () => Place): readonly SourceItem[] {
  const user: SourceUser = {
    id: idOf(record.id),
    externalId: idOf(record.externalId),
    username: textOf(record.name),
    email: textOf(record.email),
    phone: textOf(record.phone),
  };
  if (record.totpSecret === undefined || record.totpSecret === null || record.totpSecret === '')
    return toUserItems(user, nextPlace, []);
  return toUserItems(
    user,
    nextPlace,
    [
      {
        factor: { secret: { text: record.totpSecret, encoding: 'base32' } },
        names: { secret: 'totpSecret', recoveryCodes: 'recoveryCodes' },
      },
    ],
    { recoveryCodes: codesOf(record.recoveryCodes) },
  );
}

/** A list, or the text of one, as the column of the database is. */
function codesOf(value: unknown): readonly unknown[] {
  const isText = textOf(value) !== undefined;
  return optionalListOf(isText ? (embeddedJson(value) ?? 'damaged') : value);
}
