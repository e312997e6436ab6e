import { Type } from 'typebox';
import { FactorportError } from '../../errors/error.ts';
import { verifyAudited } from '../audited-verification.ts';
import { type Call, defineRoute } from '../route.ts';
import { Maybe, NamedUser, type NamedUserInput } from '../schemas.ts';

export const verifyOtp = defineRoute({
  method: 'POST',
  path: '/api/v1/otp/verify',
  summary: { en: "Verify a code of a user's authenticator", zh: '校验用户身份验证器的验证码' },
  description: {
    en: 'A code is accepted once. A recovery code does as well; then method is "recovery", and recoveryCode is the fresh one to show to the user. A wrong code answers HTTP 400 with apiCode 6001 (6002 for a recovery code) and verified: false; after several, attempts are refused for a growing time (HTTP 429, Retry-After).',
    zh: '每个验证码只能使用一次。也可提交恢复码，此时 method 为“recovery”，recoveryCode 为新签发的恢复码，请展示给用户。验证码错误时返回 HTTP 400、apiCode 6001（恢复码为 6002）和 verified: false；连续错误多次后，将在逐渐延长的时间内拒绝尝试（HTTP 429，Retry-After）。',
  },
  scope: 'otp:verify',
  input: Type.Object({ ...NamedUser, code: Maybe(Type.String({ maxLength: 128 })) }),
  output: Type.Object({
    verified: Type.Boolean(),
    method: Type.Enum(['totp', 'hotp', 'recovery']),
    recoveryCode: Type.Optional(Type.String()),
    recoveryCodesLeft: Type.Optional(Type.Integer()),
  }),
  // Whatever the reason, a client that looks only at `data` is not let in.
  refusalData: { verified: false },
  async handle(call, input) {
    if (!input.code) throw new FactorportError('code_missing', { parameters: { field: 'code' } });
    const { code } = input;
    const { userId, method, freshRecoveryCode } = await verifyAudited(call, () => verifyNamed(call, input, code));
    if (method !== 'recovery') return { verified: true, method };
    const recoveryCodesLeft = await call.services.factors.countRecoveryCodes(call.actor.poolId, userId);
    return { verified: true, method, recoveryCode: freshRecoveryCode, recoveryCodesLeft };
  },
});

/** A user id is not looked up first: where there is a factor there is the user. */
async function verifyNamed({ services, actor }: Call, named: NamedUserInput, code: string) {
  const resolve = () => services.users.resolve(actor.poolId, named.userId, named.userIdType ?? 'user_id');
  const isUserId = (named.userIdType ?? 'user_id') === 'user_id';
  const userId = isUserId ? named.userId : await resolve();
  try {
    return { userId, ...(await services.verifier.verify(actor, userId, code)) };
  } catch (error) {
    if (isUserId && error instanceof FactorportError && error.code === 'factor_not_found') await resolve();
    throw error;
  }
}
