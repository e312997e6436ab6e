import { Type } from 'typebox';
import { toUserDto } from '../../users/profile.ts';
import { defineRoute } from '../route.ts';
import { Maybe, UserId, UserIdTypeSchema, UserSchema } from '../schemas.ts';
import { PROFILE_MEMBERS, profileOf } from './user-schemas.ts';

export const updateUser = defineRoute({
  method: 'POST',
  path: '/api/v3/update-user',
  summary: { en: "Change a user's profile", zh: '修改用户资料' },
  description: {
    en: 'Members that are absent or null stay as they are; an empty text takes an identifier away.',
    zh: '未提供或为 null 的字段保持不变；将标识字段设为空字符串即可清除。',
  },
  scope: 'users:write',
  input: Type.Object({
    ...PROFILE_MEMBERS,
    userId: UserId,
    options: Maybe(Type.Object({ userIdType: Maybe(UserIdTypeSchema) })),
  }),
  output: UserSchema,
  async handle({ services, actor, markAudited }, input) {
    const members: Readonly<Record<string, unknown>> = input;
    const status = (members.status as string | null | undefined) ?? undefined;
    const type = input.options?.userIdType ?? 'user_id';
    const row = await services.users.update(actor, input.userId, type, { profile: profileOf(members), status });
    markAudited();
    return toUserDto(row, { customData: true, identities: true, departmentIds: true });
  },
});

export const deleteUsersBatch = defineRoute({
  method: 'POST',
  path: '/api/v3/delete-users-batch',
  summary: { en: 'Delete users with their OTPs, all or none', zh: '批量删除用户及其 OTP，全部成功或全部不删除' },
  scope: 'users:write',
  input: Type.Object({
    userIds: Type.Array(UserId, { minItems: 1, maxItems: 50 }),
    options: Maybe(Type.Object({ userIdType: Maybe(UserIdTypeSchema) })),
  }),
  output: Type.Object({ success: Type.Boolean() }),
  async handle({ services, actor, markAudited }, input) {
    await services.users.delete(actor, input.userIds, input.options?.userIdType ?? 'user_id');
    markAudited();
    return { success: true };
  },
});
