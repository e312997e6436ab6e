import { hasPath } from './document-signs.ts';
import {
  embeddedJson,
  idOf,
  isJsonObject,
  type JsonObject,
  listOf,
  memberOf,
  objectOf,
  textOf,
} from './json-object.ts';
import { readRecordItems } from './record-items.ts';
import type { JsonSigns, Place, Source, SourceItem, SourceUser } from './source.ts';
import { toUserItems, type UserFactor } from './user-items.ts';

/** Identities with their credentials, as the admin API gives and takes them. */
export const kratos: Source = {
  name: 'kratos',
  title: { en: 'Ory Kratos', zh: 'Ory Kratos' },
  howToExport: {
    en: 'Each identity from the admin API: `GET /admin/identities/ID?include_credential=totp&include_credential=lookup_secret`, a list of them or one a line. Without include_credential there are no secrets.',
    zh: '通过管理 API 逐个获取：`GET /admin/identities/ID?include_credential=totp&include_credential=lookup_secret`，合并为列表或每行一个。不加 include_credential 则不含密钥。',
  },
  recognise: ({ json }) =>
    json !== undefined && isKratos(json)
      ? {
          certainty: 'sure',
          because: { en: 'it has identities with traits or credentials as Kratos has', zh: '含有 Kratos 的身份字段' },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, {
      format: 'kratos',
      paths: ['', 'identities.*'],
      containers: ['identities'],
      toItems: readIdentity,
    }),
};

function isKratos(json: JsonSigns): boolean {
  return ['', 'identities.*.', 'identities.*.create.'].some(
    (prefix) =>
      hasPath(json, `${prefix}credentials.totp.config`) ||
      hasPath(json, `${prefix}credentials.lookup_secret`) ||
      (hasPath(json, `${prefix}schema_id`) && hasPath(json, `${prefix}traits`)),
  );
}

function readIdentity(record: JsonObject, nextPlace: () => Place): readonly SourceItem[] {
  // The batch form of the API has what is to be created one level further in.
  const identity = isJsonObject(record.create) ? record.create : record;
  const traits = objectOf(embeddedJson(identity.traits));
  const user: SourceUser = {
    id: idOf(identity.id),
    externalId: idOf(identity.external_id),
    username: textOf(traits.username),
    email: textOf(traits.email),
    phone: textOf(memberOf(traits, 'phone', 'phone_number')),
  };
  const { totp, lookup_secret } = objectOf(identity.credentials);
  const codes = readUnusedCodes(objectOf(lookup_secret));
  return toUserItems(user, nextPlace, isJsonObject(totp) ? [readTotp(totp)] : [], { recoveryCodes: codes });
}

/** The label of the URI names the identity's id or nothing of use; the user is the identity. */
function readTotp(totp: JsonObject): UserFactor {
  const { totp_url } = objectOf(embeddedJson(totp.config));
  return {
    keyUri: totp_url,
    field: 'credentials.totp.config.totp_url',
    codesField: 'credentials.lookup_secret.config.recovery_codes',
  };
}

function readUnusedCodes(credential: JsonObject): readonly unknown[] {
  const config = objectOf(embeddedJson(credential.config));
  return listOf(memberOf(config, 'recovery_codes', 'codes')).flatMap((one) => {
    if (!isJsonObject(one)) return [one];
    return isUsed(one.used_at) ? [] : [one.code];
  });
}

/** The zero time of Go means never. */
function isUsed(usedAt: unknown): boolean {
  if (usedAt === undefined || usedAt === null || usedAt === '') return false;
  return !(typeof usedAt === 'string' && usedAt.startsWith('0001-01-01T00:00:00'));
}
