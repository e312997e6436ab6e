import { Type } from 'typebox';
import { FactorportError } from '../../errors/error.ts';
import { verifyAudited } from '../audited-verification.ts';
import { defineUserRoute } from '../route.ts';
import { Maybe } from '../schemas.ts';

export const mfaTotpVerify = defineUserRoute({
  method: 'POST',
  path: '/api/v3/mfa-totp-verify',
  summary: { en: 'Verify a code of your own authenticator', zh: '校验用户 MFA 绑定的 OTP' },
  description: {
    en: 'The token counts as verified from then on; /api/v1/mfa/token/introspection tells so. A recovery code is taken in place of a code: "method" is then "recovery" and "recoveryCode" the fresh one that replaces it.',
    zh: '校验成功后，该令牌即视为已通过 MFA，可通过 /api/v1/mfa/token/introspection 查询。也可提交恢复码，此时“method”为“recovery”，“recoveryCode”为取而代之的新恢复码。',
  },
  scope: 'user',
  input: Type.Object({ totp: Maybe(Type.String({ maxLength: 128 })) }),
  output: Type.Object({
    verified: Type.Boolean(),
    method: Type.Enum(['totp', 'hotp', 'recovery']),
    recoveryCode: Type.Optional(Type.String()),
  }),
  // Whatever the reason, a client that looks only at `data` is not let in.
  refusalData: { verified: false },
  async handle(call, input) {
    const { services, user } = call;
    const { totp } = input;
    if (!totp) throw new FactorportError('code_missing', { parameters: { field: 'totp' } });
    const { factorId, method, freshRecoveryCode } = await verifyAudited(call, () =>
      services.verifier.verify(call.actor, user.userId, totp),
    );
    await services.verifiedTokens.remember(user, factorId);
    return {
      verified: true,
      method,
      ...(freshRecoveryCode === undefined ? {} : { recoveryCode: freshRecoveryCode }),
    };
  },
});
