import { Type } from 'typebox';
import { MAXIMUM_ISSUED_CODES, USUAL_ISSUED_CODES } from '../../factors/administration.ts';
import { verifyAudited } from '../audited-verification.ts';
import { type Call, defineRoute } from '../route.ts';
import { Maybe, NamedUser, type NamedUserInput } from '../schemas.ts';

const Time = Type.String({ format: 'date-time' });

const FactorStateSchema = Type.Object({
  userId: Type.String(),
  factorId: Type.String(),
  type: Type.Enum(['totp', 'hotp']),
  algorithm: Type.Enum(['SHA1', 'SHA256', 'SHA512']),
  digits: Type.Integer(),
  period: Type.Union([Type.Integer(), Type.Null()], { description: 'TOTP' }),
  counter: Type.Union([Type.Integer(), Type.Null()], { description: 'HOTP' }),
  status: Type.Enum(['active', 'throttled', 'locked']),
  failures: Type.Integer(),
  throttledUntil: Type.Union([Time, Type.Null()]),
  driftSteps: Type.Integer(),
  recoveryCodesLeft: Type.Integer(),
  source: Type.String(),
  importedBy: Type.String(),
  importId: Type.String(),
  createdAt: Time,
  updatedAt: Time,
  lastUsedAt: Type.Union([Time, Type.Null()]),
});

export const getFactorState = defineRoute({
  method: 'GET',
  path: '/api/v1/factors/state',
  summary: { en: "Get the state of a user's factor", zh: '查询用户认证要素的状态' },
  description: {
    en: 'Where it came from and when, its parameters, drift, failures, lock, recovery codes left, last use. Never the seed.',
    zh: '包括来源与导入时间、算法参数、时钟漂移、失败次数、锁定情况、剩余恢复码数量和最近使用时间，但不含密钥。',
  },
  scope: 'users:read',
  input: Type.Object(NamedUser),
  output: FactorStateSchema,
  async handle(call, input) {
    const userId = await resolve(call, input);
    return call.services.factors.find(call.actor.poolId, userId);
  },
});

export const unlockFactor = defineRoute({
  method: 'POST',
  path: '/api/v1/factors/unlock',
  summary: { en: "End the throttle or lock of a user's factor", zh: '解除用户认证要素的限流或锁定' },
  scope: 'factors:manage',
  input: Type.Object(NamedUser),
  async handle(call, input) {
    await call.services.factors.unlock(call.actor, await resolve(call, input));
    call.markAudited();
  },
});

export const resetFactorOfUser = defineRoute({
  method: 'POST',
  path: '/api/v1/factors/reset',
  summary: { en: "Remove a user's factor and recovery codes", zh: '移除用户的认证要素及其恢复码' },
  description: {
    en: 'The user can then enrol again. Used codes stay used, even if the same factor is imported later.',
    zh: '移除后用户可重新绑定。即使日后再次导入同一要素，已使用的验证码和恢复码仍然无效。',
  },
  scope: 'factors:manage',
  input: Type.Object(NamedUser),
  async handle(call, input) {
    await call.services.factors.reset(call.actor, await resolve(call, input));
    call.markAudited();
  },
});

export const issueRecoveryCodes = defineRoute({
  method: 'POST',
  path: '/api/v1/factors/recovery-codes',
  summary: { en: 'Give a user a new set of recovery codes', zh: '为用户签发一组新的恢复码' },
  description: {
    en: 'The codes are shown in this answer and never again. Codes that the user had before stop working.',
    zh: '恢复码仅在本次应答中显示，用户原有的恢复码同时失效。',
  },
  scope: 'factors:manage',
  input: Type.Object({ ...NamedUser, count: Maybe(Type.Integer({ minimum: 1, maximum: MAXIMUM_ISSUED_CODES })) }),
  output: Type.Object({ recoveryCodes: Type.Array(Type.String()) }),
  async handle(call, input) {
    const userId = await resolve(call, input);
    const count = input.count ?? USUAL_ISSUED_CODES;
    const recoveryCodes = await call.services.factors.issueRecoveryCodes(call.actor, userId, count);
    call.markAudited();
    return { recoveryCodes };
  },
});

export const resyncFactor = defineRoute({
  method: 'POST',
  path: '/api/v1/factors/resync',
  summary: { en: 'Bring an authenticator back into step by two codes', zh: '用连续两个验证码重新同步身份验证器' },
  description: {
    en: 'For a clock that is up to an hour off, or a token pressed too often. Give two codes that the authenticator showed one after the other; both are used up.',
    zh: '适用于时钟偏差在一小时以内的身份验证器，或按键次数过多的令牌。请依次提供连续显示的两个验证码，两者随即失效。',
  },
  scope: 'factors:manage',
  input: Type.Object({
    ...NamedUser,
    code: Type.String({ maxLength: 32 }),
    nextCode: Type.String({ maxLength: 32 }),
  }),
  output: Type.Object({ verified: Type.Boolean() }),
  refusalData: { verified: false },
  async handle(call, input) {
    const userId = await resolve(call, input);
    await verifyAudited(call, () => call.services.verifier.resync(call.actor, userId, [input.code, input.nextCode]));
    return { verified: true };
  },
});

export const confirmFactor = defineRoute({
  method: 'POST',
  path: '/api/v1/factors/confirm',
  summary: { en: 'Confirm by a code that a factor works', zh: '通过验证码确认认证要素可用' },
  description: {
    en: 'For a help desk that has the user on the phone. The code is used up, as by a login; the audit log names who confirmed. A recovery code is not taken here.',
    zh: '供客服在与用户通话时使用。验证码与登录时一样随即失效，审计日志会记录由谁确认。此处不接受恢复码。',
  },
  scope: 'factors:manage',
  input: Type.Object({ ...NamedUser, code: Type.String({ maxLength: 128 }) }),
  output: Type.Object({ verified: Type.Boolean(), method: Type.Enum(['totp', 'hotp']) }),
  refusalData: { verified: false },
  async handle(call, input) {
    const userId = await resolve(call, input);
    const { method } = await verifyAudited(call, () => call.services.verifier.confirm(call.actor, userId, input.code));
    return { verified: true, method };
  },
});

function resolve({ services, actor }: Call, input: NamedUserInput) {
  return services.users.resolve(actor.poolId, input.userId, input.userIdType ?? 'user_id');
}
