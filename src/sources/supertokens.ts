import { hasPath } from './document-signs.ts';
import { idOf, isFalse, isJsonObject, type JsonObject, listOf, memberOf, textOf } from './json-object.ts';
import { readRecordItems } from './record-items.ts';
import type { Place, Source, SourceItem, SourceUser } from './source.ts';
import { toUserItems, type UserFactor } from './user-items.ts';

/** The users of a bulk import, which is also the shape to export them in. */
export const supertokens: Source = {
  name: 'supertokens',
  title: { en: 'SuperTokens', zh: 'SuperTokens' },
  howToExport: {
    en: 'From the database, in the shape of a bulk import: `{"users": [{"externalUserId", "loginMethods": [{"email"}], "totpDevices": [{"secretKey", "period"}]}]}`; the secrets are in the table `totp_user_devices`.',
    zh: '从数据库导出，采用批量导入的结构：`{"users": [{"externalUserId", "loginMethods": [{"email"}], "totpDevices": [{"secretKey", "period"}]}]}`；密钥在表 `totp_user_devices` 中。',
  },
  recognise: ({ json }) =>
    json !== undefined && ['', 'users.*.'].some((prefix) => hasPath(json, `${prefix}totpDevices`))
      ? {
          certainty: 'sure',
          because: {
            en: 'its users have "totpDevices" as SuperTokens has',
            zh: '用户含有 SuperTokens 的“totpDevices”',
          },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, {
      format: 'supertokens',
      paths: ['', 'users.*'],
      containers: ['users'],
      toItems: readUser,
    }),
};

function readUser(record: JsonObject, nextPlace: () => Place): readonly SourceItem[] {
  const methods = listOf(record.loginMethods).filter(isJsonObject);
  const ordered = [...methods.filter(({ isPrimary }) => isPrimary === true), ...methods];
  const externalId = idOf(record.externalUserId);
  const user: SourceUser = {
    // Where there is an external id, SuperTokens answers with it in the place of its own.
    id: externalId ?? idOf(memberOf(record, 'supertokensUserId', 'userId', 'id')),
    externalId,
    email: ordered.map(({ email }) => textOf(email)).find((email) => email !== undefined),
    phone: ordered.map(({ phoneNumber }) => textOf(phoneNumber)).find((phone) => phone !== undefined),
  };
  const factors = listOf(record.totpDevices).flatMap((device, index) =>
    isJsonObject(device) ? [readDevice(device, `totpDevices[${index}]`)] : [],
  );
  return toUserItems(user, nextPlace, factors);
}

function readDevice(device: JsonObject, field: string): UserFactor {
  if (isFalse(device.verified)) return { field: `${field}.verified`, reason: 'unconfirmed' };
  return {
    factor: {
      secret: { text: memberOf(device, 'secretKey', 'secret_key'), encoding: 'base32' },
      periodSeconds: device.period,
    },
    names: { secret: `${field}.secretKey`, period: `${field}.period` },
  };
}
