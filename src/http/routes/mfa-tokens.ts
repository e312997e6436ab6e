import { Type } from 'typebox';
import { MFA_TOKEN_LIFETIME_SECONDS } from '../../access/mfa-token.ts';
import { defineRoute } from '../route.ts';
import { NamedUser } from '../schemas.ts';

/** Longer ones do not fit into the header in which they would be sent. */
const MAXIMUM_TOKEN_LENGTH = 16_384;
const Time = Type.String({ format: 'date-time' });

export const createMfaToken = defineRoute({
  method: 'POST',
  path: '/api/v1/mfa-tokens',
  summary: { en: 'Get a token for a user you have logged in', zh: '为已登录的用户获取令牌' },
  description: {
    en: 'For applications that log users in themselves: with the token, this user may call the user endpoints for six minutes, and nothing else. It ends at once if the access key that asked for it is disabled or deleted.',
    zh: '适用于自行完成用户登录的应用：凭此令牌，该用户可在六分钟内调用用户侧接口，此外别无权限。签发所用的访问密钥一经停用或删除，令牌立即失效。',
  },
  scope: 'tokens:issue',
  input: Type.Object(NamedUser),
  output: Type.Object({ token: Type.String(), expiresIn: Type.Integer(), expiresAt: Time }),
  async handle({ services, actor, markAudited }, input) {
    const userId = await services.users.resolve(actor.poolId, input.userId, input.userIdType ?? 'user_id');
    const { token, expiresAt } = await services.mfaTokenIssuer.issue(actor, userId);
    markAudited();
    return { token, expiresIn: MFA_TOKEN_LIFETIME_SECONDS, expiresAt: new Date(expiresAt).toISOString() };
  },
});

export const introspectMfaToken = defineRoute({
  method: 'POST',
  path: '/api/v1/mfa/token/introspection',
  summary: {
    en: "Check whether a user's token is good and whether its factor was verified",
    zh: '查询用户令牌是否有效、是否已通过 MFA 校验',
  },
  description: {
    en: 'Takes tokens of /api/v1/mfa-tokens and of the OpenID provider. One that is not good, for whatever reason, is only "active": false. "verified" tells whether mfa-totp-verify succeeded with this very token and the factor is still the user\'s.',
    zh: '支持 /api/v1/mfa-tokens 与 OpenID 提供方签发的令牌。令牌无论因何无效，均只返回“active”: false。“verified”表示是否已凭该令牌通过 mfa-totp-verify 校验，且该认证要素仍属于该用户。',
  },
  scope: 'tokens:issue',
  input: Type.Object({ token: Type.String({ minLength: 1, maxLength: MAXIMUM_TOKEN_LENGTH }) }),
  output: Type.Object({
    active: Type.Boolean(),
    userId: Type.Optional(Type.String()),
    expiresAt: Type.Optional(Time),
    verified: Type.Optional(Type.Boolean()),
    verifiedAt: Type.Optional(Time),
    factorId: Type.Optional(Type.String()),
  }),
  async handle({ services, actor }, input) {
    const told = await services.tokenIntrospector.introspect(actor.poolId, input.token);
    if (!told.active) return { active: false };
    const { userId, expiresAt, verified } = told;
    return {
      active: true,
      userId,
      expiresAt: new Date(expiresAt).toISOString(),
      verified: verified !== undefined,
      ...(verified === undefined
        ? {}
        : { verifiedAt: new Date(verified.at).toISOString(), factorId: verified.factorId }),
    };
  },
});
