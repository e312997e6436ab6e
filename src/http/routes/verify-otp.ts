import { Type } from 'typebox';
import { FactorportError } from '../../errors/error.ts';
import { defineRoute } from '../route.ts';
import { Maybe, NamedUser } from '../schemas.ts';
import { verifyCode } from '../verify-code.ts';

export const verifyOtp = defineRoute({
  method: 'POST',
  path: '/api/v1/otp/verify',
  summary: { en: "Verify a code of a user's authenticator", zh: '校验用户身份验证器的验证码' },
  description: {
    en: 'A code is accepted once. A wrong one answers HTTP 400 with apiCode 6001 and verified: false; after several, attempts are refused for a growing time (HTTP 429, Retry-After).',
    zh: '每个验证码只能使用一次。验证码错误时返回 HTTP 400、apiCode 6001 和 verified: false；连续错误多次后，将在逐渐延长的时间内拒绝尝试（HTTP 429，Retry-After）。',
  },
  scope: 'otp:verify',
  input: Type.Object({ ...NamedUser, code: Maybe(Type.String({ maxLength: 32 })) }),
  output: Type.Object({ verified: Type.Boolean() }),
  // Whatever the reason, a client that looks only at `data` is not let in.
  refusalData: { verified: false },
  async handle(call, input) {
    if (!input.code) throw new FactorportError('code_missing', { parameters: { field: 'code' } });
    const userId = await call.services.users.resolve(call.actor.poolId, input.userId, input.userIdType ?? 'user_id');
    await verifyCode(call, userId, input.code);
    return { verified: true };
  },
});
