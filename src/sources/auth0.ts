import { FactorportError } from '../errors/error.ts';
import { hasPath, hasValue } from './document-signs.ts';
import { idOf, isJsonObject, type JsonObject, objectOf, textOf } from './json-object.ts';
import { readRecordItems } from './record-items.ts';
import { findSecretPaths, valuesAt } from './secret-paths.ts';
import type { JsonSigns, Place, Source, SourceItem, SourceOptions, SourceUser, TableField } from './source.ts';
import { toUserItems, type UserFactor } from './user-items.ts';

const MAXIMUM_SHOWN_PATHS = 20;

/** The shape of Auth0's bulk import, and what its support exports, whose layout is not published. */
export const auth0: Source = {
  name: 'auth0',
  title: { en: 'Auth0', zh: 'Auth0' },
  howToExport: {
    en: 'Ask Auth0 support for an export with MFA secrets, and decrypt what they send with `gpg --decrypt`. The secret of its records is named with `--map secret=PATH`, unless they have "mfa_factors" as in a bulk import.',
    zh: '向 Auth0 支持申请包含 MFA 密钥的导出，并用 `gpg --decrypt` 解密。除非记录采用批量导入的“mfa_factors”结构，否则用 `--map secret=路径` 指定密钥所在位置。',
  },
  recognise: ({ json }) => {
    const certainty = json === undefined ? undefined : certaintyOf(json);
    if (certainty === undefined) return undefined;
    const because = {
      en: 'its users have "mfa_factors" or ids as Auth0 has',
      zh: '用户含有 Auth0 的“mfa_factors”或用户 ID',
    };
    return { certainty, because };
  },
  read: readAuth0,
};

function certaintyOf(json: JsonSigns): 'sure' | 'possible' | undefined {
  for (const prefix of ['', 'users.*.']) {
    if (hasPath(json, `${prefix}mfa_factors`) || hasValue(json, `${prefix}user_id`, 'auth0|')) return 'sure';
  }
  const isOfDatabase = ['tenant', 'connection', 'passwordHash'].some((name) => hasPath(json, name));
  return isOfDatabase && hasPath(json, '_id.$oid') && hasPath(json, 'email') ? 'possible' : undefined;
}

async function* readAuth0(
  input: Parameters<Source['read']>[0],
  options: SourceOptions,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  const unmapped = new Set<string>();
  let isMapped = false;
  yield* readRecordItems(input, {
    format: 'auth0',
    paths: ['', 'users.*'],
    containers: ['users'],
    toItems: (record, nextPlace) => {
      if (Array.isArray(record.mfa_factors)) return readImported(record, record.mfa_factors, nextPlace, options);
      const secretPath = options.mapping?.secret;
      const secrets = secretPath === undefined ? [] : valuesAt(record, secretPath);
      if (secrets.length > 0) isMapped = true;
      else if (unmapped.size < MAXIMUM_SHOWN_PATHS) for (const path of findSecretPaths(record)) unmapped.add(path);
      if (secretPath === undefined && unmapped.size > 0) throw mappingNeeded([...unmapped]);
      return readMapped(record, secrets, nextPlace, options);
    },
  });
  // A path of which no record has anything is misspelt, and would lose every secret without a word.
  if (options.mapping?.secret !== undefined && !isMapped && unmapped.size > 0) {
    throw new FactorportError('source_mapping_unknown', {
      parameters: { column: options.mapping.secret, columns: [...unmapped].join(', ') },
    });
  }
}

function readImported(
  record: JsonObject,
  mfaFactors: readonly unknown[],
  nextPlace: () => Place,
  options: SourceOptions,
): readonly SourceItem[] {
  const factors = mfaFactors.flatMap((factor, index): UserFactor[] => {
    const { totp } = objectOf(factor);
    if (totp === undefined || totp === null) return [];
    const secret = { text: objectOf(totp).secret, encoding: 'base32' } as const;
    return [{ factor: { secret }, names: { secret: `mfa_factors[${index}].totp.secret` } }];
  });
  return toUserItems(userOf(record, options), nextPlace, factors);
}

function readMapped(
  record: JsonObject,
  secrets: readonly unknown[],
  nextPlace: () => Place,
  options: SourceOptions,
): readonly SourceItem[] {
  const { mapping, encoding = 'base32' } = options;
  const field = mapping?.secret ?? '';
  const codesField = mapping?.recovery_codes ?? '';
  const factors = secrets.map((text): UserFactor => {
    if (encoding === 'otpauth' || (typeof text === 'string' && /^\s*otpauth:\/\//i.test(text))) {
      return { keyUri: text, field, codesField };
    }
    return {
      factor: { secret: { text, encoding } },
      names: { secret: field, recoveryCodes: codesField },
    };
  });
  const codes = mapping?.recovery_codes === undefined ? [] : valuesAt(record, mapping.recovery_codes);
  return toUserItems(userOf(record, options), nextPlace, factors, { recoveryCodes: codes.flat() });
}

function userOf(record: JsonObject, { mapping }: SourceOptions): SourceUser {
  const mapped = (field: TableField, fallback: unknown): unknown => {
    const path = mapping?.[field];
    return path === undefined ? fallback : valuesAt(record, path)[0];
  };
  return {
    id: idOf(mapped('user_id', record.user_id ?? idOfDocument(record))),
    externalId: idOf(mapped('external_id', undefined)),
    username: textOf(mapped('username', record.username)),
    email: textOf(mapped('email', record.email)),
    phone: textOf(mapped('phone', record.phone_number)),
    name: idOf(mapped('user', undefined)),
  };
}

/** Exports of the database have `{"_id": {"$oid"}}`, which the user's id is made of. */
function idOfDocument(record: JsonObject): string | undefined {
  const id = record._id ?? record._ID;
  const oid = isJsonObject(id) ? textOf(id.$oid) : undefined;
  return oid === undefined ? undefined : `auth0|${oid}`;
}

function mappingNeeded(paths: readonly string[]): FactorportError {
  return new FactorportError('source_mapping_needed', {
    parameters: { what: { en: 'the secret', zh: '密钥' }, columns: paths.join(', ') },
    data: { paths },
  });
}
