import { Type } from 'typebox';
import type { OwnFactor } from '../../factors/own-factors.ts';
import { defineUserRoute } from '../route.ts';
import { Identifier } from '../schemas.ts';

const FactorSchema = Type.Object({
  factorId: Type.String(),
  factorType: Type.Enum(['OTP']),
  profile: Type.Object({
    type: Type.String(),
    algorithm: Type.String(),
    digits: Type.Integer(),
    period: Type.Optional(Type.Integer()),
    enrolledAt: Type.String({ format: 'date-time' }),
  }),
});

export const listEnrolledFactors = defineUserRoute({
  method: 'GET',
  path: '/api/v3/list-enrolled-factors',
  summary: { en: 'List your own factors', zh: '获取绑定的所有 MFA 认证要素' },
  scope: 'user',
  input: Type.Object({}),
  output: Type.Array(FactorSchema),
  async handle({ services, user }) {
    return (await services.ownFactors.list(user.poolId, user.userId)).map(toDto);
  },
});

export const getFactor = defineUserRoute({
  method: 'GET',
  path: '/api/v3/get-factor',
  summary: { en: 'Get one of your own factors', zh: '获取绑定的某个 MFA 认证要素' },
  scope: 'user',
  input: Type.Object({ factorId: Identifier }),
  output: FactorSchema,
  async handle({ services, user }, { factorId }) {
    return toDto(await services.ownFactors.get(user.poolId, user.userId, factorId));
  },
});

export const listFactorsToEnroll = defineUserRoute({
  method: 'GET',
  path: '/api/v3/list-factors-to-enroll',
  summary: { en: 'List the kinds of factor that you can still enrol', zh: '获取可绑定的 MFA 认证要素' },
  scope: 'user',
  input: Type.Object({}),
  output: Type.Array(Type.Object({ factorType: Type.Enum(['OTP']) })),
  async handle({ services, user }) {
    const enrolled = await services.ownFactors.list(user.poolId, user.userId);
    return enrolled.length === 0 ? [{ factorType: 'OTP' }] : [];
  },
});

export const resetFactor = defineUserRoute({
  method: 'POST',
  path: '/api/v3/reset-factor',
  summary: { en: 'Remove one of your own factors', zh: '解绑 MFA 认证要素' },
  description: {
    en: 'The factor must have been verified with this very token (mfa-totp-verify), otherwise the answer is 403 with apiCode 1635. Its recovery codes go with it.',
    zh: '须先以同一令牌通过 mfa-totp-verify 校验该认证要素，否则返回 403 和 apiCode 1635。其恢复码将一并删除。',
  },
  scope: 'user',
  input: Type.Object({ factorId: Identifier }),
  async handle({ services, actor, user, markAudited }, { factorId }) {
    await services.ownFactors.reset(actor, user, factorId);
    markAudited();
    return undefined;
  },
});

function toDto({ factorId, parameters, createdAt }: OwnFactor) {
  const { type, algorithm, digits, periodSeconds } = parameters;
  const enrolledAt = new Date(createdAt).toISOString();
  const period = type === 'totp' ? { period: periodSeconds } : {};
  return { factorId, factorType: 'OTP', profile: { type, algorithm, digits, ...period, enrolledAt } };
}
