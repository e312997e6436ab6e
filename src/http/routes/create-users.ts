import { Type } from 'typebox';
import { FactorportError } from '../../errors/error.ts';
import type { ItemProblem } from '../../import/entry.ts';
import { readOtpValues } from '../../sources/authing-item.ts';
import { type Profile, toUserDto } from '../../users/profile.ts';
import type { NewUser } from '../../users/users.ts';
import { defineRoute } from '../route.ts';
import { Maybe, UserSchema } from '../schemas.ts';
import { PROFILE_MEMBERS, profileOf } from './user-schemas.ts';

/** Checked by its own reader, which tells what is wrong with it and where. */
const Otp = Type.Optional(Type.Unknown({ description: 'ImportOtpItemDataDto' }));
const NewUserMembers = { ...PROFILE_MEMBERS, otp: Otp };
const ALL_PARTS = { customData: true, identities: true, departmentIds: true };
const MAXIMUM_BATCH = 50;

export const createUser = defineRoute({
  method: 'POST',
  path: '/api/v3/create-user',
  summary: { en: 'Create a user, with OTP if given', zh: '创建用户，可同时导入 OTP' },
  description: {
    en: 'Passwords, salts and tokens of identity providers are taken and thrown away; every other member is kept.',
    zh: '密码、盐值以及外部身份源的令牌会被接收但不保存，其余字段均予保留。',
  },
  scope: 'users:write',
  input: Type.Object({ ...NewUserMembers, options: Maybe(Type.Object({})) }),
  output: UserSchema,
  async handle({ services, actor, markAudited }, input) {
    const [row] = await services.users.create(actor, readNewUsers([input]));
    markAudited();
    return row === undefined ? undefined : toUserDto(row, ALL_PARTS);
  },
});

export const createUsersBatch = defineRoute({
  method: 'POST',
  path: '/api/v3/create-users-batch',
  summary: { en: 'Create up to 50 users, all or none', zh: '批量创建用户（最多 50 个），全部成功或全部不创建' },
  scope: 'users:write',
  input: Type.Object({
    list: Type.Array(Type.Object(NewUserMembers), { minItems: 1, maxItems: MAXIMUM_BATCH }),
    options: Maybe(Type.Object({})),
  }),
  output: Type.Array(UserSchema),
  bodyLimit: () => ({ bytes: 8 * 1024 * 1024 }),
  async handle({ services, actor, markAudited }, input) {
    const rows = await services.users.create(actor, readNewUsers(input.list));
    markAudited();
    return rows.map((row) => toUserDto(row, ALL_PARTS));
  },
});

function readNewUsers(list: readonly Profile[]): NewUser[] {
  const problems: ItemProblem[] = [];
  const users = list.map((member, index): NewUser => {
    const { status, otp: given } = member;
    const user = { profile: profileOf(member), status: (status as string | null | undefined) ?? 'Activated' };
    if (given === undefined || given === null) return user;
    const otp = readOtpValues(given);
    if (!('reason' in otp)) return { ...user, otp };
    const field = otp.field === '' ? 'otp' : `otp.${otp.field}`;
    problems.push({ index, field, reason: otp.reason, parameters: otp.parameters });
    return user;
  });
  if (problems.length > 0) {
    throw new FactorportError('import_refused', {
      parameters: { count: problems.length, total: list.length },
      data: { errors: problems, errorCount: problems.length },
    });
  }
  return users;
}
