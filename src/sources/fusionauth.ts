import { hasPath } from './document-signs.ts';
import {
  idOf,
  isFalse,
  isJsonObject,
  type JsonObject,
  listOf,
  memberOf,
  objectOf,
  optionalListOf,
  textOf,
} from './json-object.ts';
import { readRecordItems } from './record-items.ts';
import type { Place, Source, SourceItem, SourceUser } from './source.ts';
import { toUserItems, type UserFactor } from './user-items.ts';

const SIGNS = ['twoFactor.methods', 'twoFactorSecret'];

/** Import requests, and users as the API and the database have them, also those of versions before 1.26. */
export const fusionauth: Source = {
  name: 'fusionauth',
  title: { en: 'FusionAuth', zh: 'FusionAuth' },
  howToExport: {
    en: 'From the database, in the shape of `POST /api/user/import`: `{"users": [{"id", "email", "twoFactor": {"methods": [{"method": "authenticator", "secret"}]}}]}`. The search API leaves the secrets out.',
    zh: '从数据库导出，采用 `POST /api/user/import` 的结构：`{"users": [{"id", "email", "twoFactor": {"methods": [{"method": "authenticator", "secret"}]}}]}`。搜索 API 不返回密钥。',
  },
  recognise: ({ json }) =>
    json !== undefined && ['', 'user.', 'users.*.'].some((prefix) => SIGNS.some((sign) => hasPath(json, prefix + sign)))
      ? {
          certainty: 'sure',
          because: {
            en: 'its users have two-factor methods as FusionAuth has',
            zh: '用户含有 FusionAuth 的双因素字段',
          },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, {
      format: 'fusionauth',
      paths: ['', 'user', 'users.*'],
      containers: ['users'],
      toItems: readUser,
    }),
};

function readUser(record: JsonObject, nextPlace: () => Place): readonly SourceItem[] {
  const user: SourceUser = {
    id: idOf(record.id),
    username: textOf(record.username),
    email: textOf(record.email),
    phone: textOf(memberOf(record, 'phoneNumber', 'mobilePhone')),
  };
  const twoFactor = objectOf(record.twoFactor);
  const factors = listOf(twoFactor.methods).flatMap((method, index) =>
    isJsonObject(method) && method.method === 'authenticator'
      ? [readMethod(method, `twoFactor.methods[${index}]`)]
      : [],
  );
  return toUserItems(user, nextPlace, [...factors, ...readOldFactor(record)], {
    recoveryCodes: optionalListOf(twoFactor.recoveryCodes),
  });
}

function readMethod(method: JsonObject, field: string): UserFactor {
  const { algorithm, codeLength, timeStep } = objectOf(method.authenticator);
  return {
    factor: {
      secret: { text: method.secret, encoding: 'base64' },
      algorithm,
      digits: codeLength,
      periodSeconds: timeStep,
    },
    names: {
      secret: `${field}.secret`,
      algorithm: `${field}.authenticator.algorithm`,
      digits: `${field}.authenticator.codeLength`,
      period: `${field}.authenticator.timeStep`,
      recoveryCodes: 'twoFactor.recoveryCodes',
    },
  };
}

/** Before 1.26 a user had one secret; with `TextMessage` the server made the codes from it and sent them. */
function readOldFactor(record: JsonObject): readonly UserFactor[] {
  const { twoFactorEnabled, twoFactorSecret, twoFactorDelivery } = record;
  const isEnabled = twoFactorEnabled === true;
  if (twoFactorDelivery === 'TextMessage') return [];
  if (!isEnabled && textOf(twoFactorSecret) === undefined) return [];
  if (isFalse(twoFactorEnabled)) return [{ field: 'twoFactorEnabled', reason: 'disabled' }];
  return [{ factor: { secret: { text: twoFactorSecret, encoding: 'base64' } }, names: { secret: 'twoFactorSecret' } }];
}
