import { hasPath } from './document-signs.ts';
import { idOf, isJsonObject, type JsonObject, memberOf, objectOf, optionalListOf, textOf } from './json-object.ts';
import { readRecordItems } from './record-items.ts';
import type { JsonSigns, Place, Source, SourceItem, SourceUser } from './source.ts';
import { toUserItems } from './user-items.ts';

/** protojson reads and writes both spellings. */
const ORGANISATIONS = ['orgs', 'data_orgs.orgs', 'dataOrgs.orgs'];
const USERS = ORGANISATIONS.flatMap((path) => [`${path}.*.humanUsers.*`, `${path}.*.human_users.*`]);

/** The data of an import of organisations, and users as `ImportHumanUser` and `AddHumanUser` take them. */
export const zitadel: Source = {
  name: 'zitadel',
  title: { en: 'Zitadel', zh: 'Zitadel' },
  howToExport: {
    en: '`POST /admin/v1/export` with `"withOtp": true`, or users in the shape of ImportHumanUser with "otpCode".',
    zh: '`POST /admin/v1/export` 并设置 `"withOtp": true`，或采用 ImportHumanUser 的结构，密钥放在 "otpCode"。',
  },
  recognise: ({ json }) =>
    json !== undefined && isZitadel(json)
      ? {
          certainty: 'sure',
          because: { en: 'it has organisations or users as Zitadel has', zh: '含有 Zitadel 的组织或用户字段' },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, {
      format: 'zitadel',
      paths: ['', ...USERS],
      containers: ['orgs', 'data_orgs', 'dataOrgs'],
      toItems: readUser,
    }),
};

function isZitadel(json: JsonSigns): boolean {
  if (USERS.some((path) => hasPath(json, path.slice(0, -2)))) return true;
  if (hasPath(json, 'otpCode') || hasPath(json, 'otp_code')) return true;
  // Others have the name, too, but their address is a text.
  return ['', 'human.'].some(
    (prefix) =>
      (hasPath(json, `${prefix}totpSecret`) || hasPath(json, `${prefix}totp_secret`)) &&
      hasPath(json, `${prefix}email.email`),
  );
}

function readUser(record: JsonObject, nextPlace: () => Place): readonly SourceItem[] {
  const [holder, prefix] = isJsonObject(record.user)
    ? [record.user, 'user.']
    : isJsonObject(record.human)
      ? [record.human, 'human.']
      : [record, ''];
  const user: SourceUser = {
    id: idOf(memberOf(record, 'userId', 'user_id')),
    username: textOf(memberOf(holder, 'userName', 'user_name', 'username') ?? memberOf(record, 'userName', 'username')),
    email: textOf(objectOf(holder.email).email),
    phone: textOf(objectOf(holder.phone).phone),
  };
  const name = SECRETS.find((one) => holder[one] !== undefined && holder[one] !== null && holder[one] !== '');
  if (name === undefined) return toUserItems(user, nextPlace, []);
  return toUserItems(
    user,
    nextPlace,
    [
      {
        factor: { secret: { text: holder[name], encoding: 'base32' } },
        names: { secret: prefix + name, recoveryCodes: `${prefix}recoveryCodes` },
      },
    ],
    { recoveryCodes: optionalListOf(memberOf(holder, 'recoveryCodes', 'recovery_codes')) },
  );
}

const SECRETS = ['otpCode', 'otp_code', 'totpSecret', 'totp_secret'];
