import { hasPath } from './document-signs.ts';
import {
  embeddedJson,
  idOf,
  isJsonObject,
  isNotZero,
  type JsonObject,
  listOf,
  memberOf,
  textOf,
} from './json-object.ts';
import { readRecordItems } from './record-items.ts';
import { isMasked } from './registration.ts';
import type { JsonSigns, Place, Source, SourceItem, SourceUser } from './source.ts';
import { toUserItems, type UserFactor, userProblem } from './user-items.ts';

/** Realm and users files of `kc.sh export`, one realm or a list of them, also those of versions before 8. */
export const keycloak: Source = {
  name: 'keycloak',
  title: { en: 'Keycloak', zh: 'Keycloak' },
  howToExport: {
    en: 'Stop the server, then: `bin/kc.sh export --realm REALM --users realm_file --file realm.json`. The partial export of the admin console has no secrets.',
    zh: '停止服务后运行：`bin/kc.sh export --realm REALM --users realm_file --file realm.json`。管理控制台的“部分导出”不含密钥。',
  },
  recognise: ({ json }) =>
    json !== undefined && isKeycloak(json)
      ? {
          certainty: 'sure',
          because: { en: 'it has users with Keycloak credentials, or a realm', zh: '含有 Keycloak 的用户凭据或 realm' },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, {
      format: 'keycloak',
      paths: ['', 'users.*', 'federatedUsers.*'],
      containers: ['realm', 'users', 'federatedUsers'],
      toItems: readUser,
    }),
};

function isKeycloak(json: JsonSigns): boolean {
  const credentials = ['users.*.credentials.*', 'federatedUsers.*.credentials.*', 'credentials.*'];
  const members = ['secretData', 'hashedSaltedValue'];
  return (
    credentials.some((path) => members.some((member) => hasPath(json, `${path}.${member}`))) ||
    (hasPath(json, 'realm') && hasPath(json, 'users.*.username'))
  );
}

function readUser(record: JsonObject, nextPlace: () => Place): readonly SourceItem[] {
  const user: SourceUser = {
    id: idOf(record.id),
    username: textOf(record.username),
    email: textOf(record.email),
  };
  const factors: UserFactor[] = [];
  let codesField: string | undefined;
  listOf(record.credentials).forEach((credential, index) => {
    if (!isJsonObject(credential)) return;
    const field = `credentials[${index}]`;
    const type = typeof credential.type === 'string' ? credential.type.toLowerCase() : '';
    if (type === 'recovery-authn-codes') codesField ??= field;
    if (OTP_TYPES.has(type)) factors.push(readCredential(credential, type, field));
  });
  if (codesField === undefined) return toUserItems(user, nextPlace, factors);
  if (factors.length === 0) return [userProblem(user, nextPlace(), codesField, 'codes_not_transferable')];
  return toUserItems(user, nextPlace, factors, { notes: ['codes_not_transferable'] });
}

/** `totp` and `hotp` are those of versions before 8. */
const OTP_TYPES: ReadonlySet<string> = new Set(['otp', 'totp', 'hotp']);

function readCredential(credential: JsonObject, type: string, field: string): UserFactor {
  if (isAbsent(credential.secretData) && isAbsent(credential.credentialData)) {
    return readLegacyCredential(credential, type, field);
  }
  const { secretData, credentialData } = credential;
  const secret = embeddedJson(secretData ?? {});
  if (!isJsonObject(secret)) {
    const isHidden = typeof secretData === 'string' && isMasked(secretData);
    return { field: `${field}.secretData`, reason: isHidden ? 'masked' : 'row_damaged' };
  }
  const dataField = `${field}.credentialData`;
  // It says how the secret is written, and of what kind the codes are: nothing of that can be taken for granted.
  if (isAbsent(credentialData)) return { field: dataField, reason: 'missing' };
  const data = embeddedJson(credentialData);
  if (!isJsonObject(data)) return { field: dataField, reason: 'row_damaged' };
  const encoding = encodingOf(data.secretEncoding);
  if (encoding === undefined) {
    return { field: dataField, reason: 'unsupported_token', parameters: { what: 'secretEncoding' } };
  }
  const subType = data.subType ?? (type === 'otp' ? undefined : type);
  // A file made by hand may leave it out; with a counter it could be either.
  if (isAbsent(subType) && isNotZero(data.counter)) return { field: `${dataField}.subType`, reason: 'missing' };
  return {
    factor: {
      secret: { text: secret.value, encoding },
      type: subType,
      algorithm: data.algorithm,
      digits: data.digits,
      periodSeconds: data.period,
      counter: data.counter,
    },
    names: {
      secret: `${field}.secretData.value`,
      type: `${dataField}.subType`,
      algorithm: `${dataField}.algorithm`,
      digits: `${dataField}.digits`,
      period: `${dataField}.period`,
      counter: `${dataField}.counter`,
    },
  };
}

function readLegacyCredential(credential: JsonObject, type: string, field: string): UserFactor {
  return {
    factor: {
      secret: { text: memberOf(credential, 'hashedSaltedValue', 'value'), encoding: 'text' },
      type: type === 'otp' ? 'totp' : type,
      algorithm: credential.algorithm,
      digits: credential.digits,
      periodSeconds: credential.period,
      counter: credential.counter,
    },
    names: {
      secret: `${field}.${isAbsent(credential.hashedSaltedValue) ? 'value' : 'hashedSaltedValue'}`,
      type: `${field}.type`,
      algorithm: `${field}.algorithm`,
      digits: `${field}.digits`,
      period: `${field}.period`,
      counter: `${field}.counter`,
    },
  };
}

/** Without an encoding the characters themselves are the key, though they may look like base32 (OTPCredentialModel). */
function encodingOf(name: unknown): 'text' | 'base32' | undefined {
  if (isAbsent(name)) return 'text';
  return typeof name === 'string' && name.toUpperCase() === 'BASE32' ? 'base32' : undefined;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
