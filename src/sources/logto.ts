import { hasPath } from './document-signs.ts';
import { embeddedJson, idOf, isJsonObject, type JsonObject, listOf, memberOf, textOf } from './json-object.ts';
import { readRecordItems } from './record-items.ts';
import type { Place, Source, SourceItem, SourceUser } from './source.ts';
import { toUserItems, type UserFactor } from './user-items.ts';

const COLUMNS = ['mfa_verifications', 'mfaVerifications'];

/** Rows of the table of users. */
export const logto: Source = {
  name: 'logto',
  title: { en: 'Logto', zh: 'Logto' },
  howToExport: {
    en: "From the database, one user a line: `psql -At -c \"SELECT json_build_object('id', id, 'username', username, 'primary_email', primary_email, 'primary_phone', primary_phone, 'mfa_verifications', mfa_verifications) FROM users\"`. The API leaves the keys out.",
    zh: "从数据库导出，每行一个用户：`psql -At -c \"SELECT json_build_object('id', id, 'username', username, 'primary_email', primary_email, 'primary_phone', primary_phone, 'mfa_verifications', mfa_verifications) FROM users\"`。API 不返回密钥。",
  },
  recognise: ({ json }) =>
    json !== undefined && ['', 'users.*.'].some((prefix) => COLUMNS.some((name) => hasPath(json, prefix + name)))
      ? {
          certainty: 'sure',
          because: {
            en: 'its users have "mfa_verifications" as Logto has',
            zh: '用户含有 Logto 的“mfa_verifications”',
          },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, { format: 'logto', paths: ['', 'users.*'], containers: ['users'], toItems: readUser }),
};

function readUser(record: JsonObject, nextPlace: () => Place): readonly SourceItem[] {
  const user: SourceUser = {
    id: idOf(record.id),
    username: textOf(record.username),
    email: textOf(memberOf(record, 'primary_email', 'primaryEmail')),
    phone: textOf(memberOf(record, 'primary_phone', 'primaryPhone')),
  };
  const field = COLUMNS.find((name) => Object.hasOwn(record, name)) ?? 'mfa_verifications';
  const verifications = embeddedJson(record[field] ?? []);
  if (!Array.isArray(verifications)) return toUserItems(user, nextPlace, [{ field, reason: 'row_damaged' }]);
  const factors: UserFactor[] = [];
  const codes: unknown[] = [];
  verifications.forEach((one: unknown, index) => {
    if (!isJsonObject(one)) return;
    if (one.type === 'Totp') factors.push(readTotp(one, `${field}[${index}]`, field));
    if (one.type === 'BackupCode') codes.push(...readUnusedCodes(one));
  });
  return toUserItems(user, nextPlace, factors, { recoveryCodes: codes });
}

function readTotp(verification: JsonObject, field: string, column: string): UserFactor {
  return {
    factor: { secret: { text: verification.key, encoding: 'base32' } },
    names: { secret: `${field}.key`, recoveryCodes: column },
  };
}

function readUnusedCodes({ codes }: JsonObject): readonly unknown[] {
  return listOf(codes).flatMap((one) => {
    if (!isJsonObject(one)) return [one];
    return memberOf(one, 'usedAt', 'used_at') === undefined ? [one.code] : [];
  });
}
