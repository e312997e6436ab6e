import { Type } from 'typebox';
import type { UserIdType } from '../../users/identifiers.ts';
import { type ReturnedParts, toUserDto } from '../../users/profile.ts';
import { defineRoute } from '../route.ts';
import { Maybe, NamedUser, ReturnedPartsSchema, UserId, UserIdTypeSchema, UserSchema } from '../schemas.ts';
import { invalidArgument } from '../validate.ts';

interface PartsInput {
  readonly withCustomData?: boolean | null;
  readonly withIdentities?: boolean | null;
  readonly withDepartmentIds?: boolean | null;
}

/** Which parts of a user a request asks for. */
export function partsOf(input: PartsInput): ReturnedParts {
  return {
    customData: input.withCustomData ?? false,
    identities: input.withIdentities ?? false,
    departmentIds: input.withDepartmentIds ?? false,
  };
}

export const getUser = defineRoute({
  method: 'GET',
  path: '/api/v3/get-user',
  summary: { en: 'Get a user', zh: '获取用户信息' },
  scope: 'users:read',
  input: Type.Object({ ...NamedUser, ...ReturnedPartsSchema }),
  output: UserSchema,
  async handle({ services, actor }, input) {
    const row = await services.users.get(actor.poolId, input.userId, input.userIdType ?? 'user_id');
    return toUserDto(row, partsOf(input));
  },
});

export const getUserBatch = defineRoute({
  method: 'GET',
  path: '/api/v3/get-user-batch',
  summary: {
    en: 'Get up to 50 users; those that do not exist are left out',
    zh: '批量获取用户信息（最多 50 个），不存在的用户不返回',
  },
  scope: 'users:read',
  input: Type.Object({
    userIds: Type.Array(UserId, { minItems: 1, maxItems: 50 }),
    userIdType: Maybe(UserIdTypeSchema),
    ...ReturnedPartsSchema,
  }),
  output: Type.Array(UserSchema),
  async handle({ services, actor }, input) {
    const rows = await services.users.getMany(actor.poolId, input.userIds, input.userIdType ?? 'user_id');
    return rows.map((row) => toUserDto(row, partsOf(input)));
  },
});

const MaybeIdentifier = Maybe(Type.String({ minLength: 1, maxLength: 512 }));

export const isUserExists = defineRoute({
  method: 'POST',
  path: '/api/v3/is-user-exists',
  summary: { en: 'Tell whether a user exists', zh: '判断用户是否存在' },
  scope: 'users:read',
  input: Type.Object({
    username: MaybeIdentifier,
    email: MaybeIdentifier,
    phone: MaybeIdentifier,
    externalId: MaybeIdentifier,
  }),
  output: Type.Object({ exists: Type.Boolean() }),
  async handle({ services, actor }, input) {
    const given: [UserIdType, string | null | undefined][] = [
      ['username', input.username],
      ['email', input.email],
      ['phone', input.phone],
      ['external_id', input.externalId],
    ];
    const named = given.filter((entry): entry is [UserIdType, string] => Boolean(entry[1]));
    if (named.length === 0) {
      throw invalidArgument('', {
        en: 'give one of username, email, phone, externalId',
        zh: '请提供 username、email、phone、externalId 之一',
      });
    }
    for (const [type, id] of named) {
      if (await services.users.exists(actor.poolId, type, id)) return { exists: true };
    }
    return { exists: false };
  },
});
