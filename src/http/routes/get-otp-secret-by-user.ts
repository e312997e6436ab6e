import { Type } from 'typebox';
import { defineRoute } from '../route.ts';
import { NamedUser } from '../schemas.ts';

export const getOtpSecretByUser = defineRoute({
  method: 'GET',
  path: '/api/v3/get-otp-secret-by-user',
  summary: { en: "Read a user's OTP secret", zh: '获取用户绑定 OTP 的密钥' },
  description: {
    en: 'Needs the scope otp:read-secret, which "all" does not include. Every reading is audited before it is answered.',
    zh: '需要 otp:read-secret 权限，“all”不包含该权限。每次读取都会在应答前写入审计日志。',
  },
  scope: 'otp:read-secret',
  input: Type.Object(NamedUser),
  output: Type.Object({ secret: Type.String() }),
  async handle({ services, actor, markAudited }, input) {
    const userId = await services.users.resolve(actor.poolId, input.userId, input.userIdType ?? 'user_id');
    const secret = await services.secretReader.read(actor, userId);
    markAudited();
    return { secret };
  },
});
