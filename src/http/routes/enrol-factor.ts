import { Type } from 'typebox';
import { FactorportError } from '../../errors/error.ts';
import { verifyAudited } from '../audited-verification.ts';
import { drawQrCode } from '../qr-code.ts';
import { defineUserRoute } from '../route.ts';
import { Maybe } from '../schemas.ts';

const FACTOR_TYPES = ['OTP', 'SMS', 'EMAIL', 'FACE'] as const;
const FactorType = Type.Enum([...FACTOR_TYPES]);

export const sendEnrollFactorRequest = defineUserRoute({
  method: 'POST',
  path: '/api/v3/send-enroll-factor-request',
  summary: { en: 'Begin to enrol an authenticator', zh: '发起绑定 MFA 认证要素请求' },
  description: {
    en: 'Gives a new secret as key URI and QR code, and a recovery code that is shown only here. The enrolment token is good once, for one minute; a new request takes the place of the one before. Only OTP can be enrolled.',
    zh: '返回新密钥（otpauth URI 与二维码）以及仅在此显示一次的恢复码。enrollmentToken 一分钟内有效，仅可使用一次；再次发起请求会取代之前的请求。目前仅支持绑定 OTP。',
  },
  scope: 'user',
  input: Type.Object({ factorType: FactorType, profile: Maybe(Type.Object({})) }),
  output: Type.Object({
    enrollmentToken: Type.String(),
    otpData: Type.Object({ qrCodeUri: Type.String(), qrCodeDataUrl: Type.String(), recoveryCode: Type.String() }),
  }),
  async handle({ services, actor, user, markAudited }, input) {
    requireOtp(input.factorType);
    const account = await services.users.accountName(user.poolId, user.userId);
    const { token, keyUri, recoveryCode } = await services.enrolments.begin(actor, user.userId, account);
    markAudited();
    const qrCodeDataUrl = await drawQrCode(keyUri);
    return { enrollmentToken: token, otpData: { qrCodeUri: keyUri, qrCodeDataUrl, recoveryCode } };
  },
});

export const enrollFactor = defineUserRoute({
  method: 'POST',
  path: '/api/v3/enroll-factor',
  summary: { en: 'Finish enrolling an authenticator by a code that it shows', zh: '绑定 MFA 认证要素' },
  description: {
    en: 'The code is used up by it: the next verification takes the next one. After five wrong codes the enrolment has to be begun again.',
    zh: '此处提交的验证码即视为已使用，下次校验须使用下一个验证码。验证码错误五次后，须重新发起绑定。',
  },
  scope: 'user',
  input: Type.Object({
    factorType: FactorType,
    enrollmentToken: Type.String({ minLength: 1, maxLength: 1024 }),
    enrollmentData: Type.Object({ passCode: Maybe(Type.String({ maxLength: 32 })) }),
  }),
  async handle(call, { factorType, enrollmentToken, enrollmentData }) {
    requireOtp(factorType);
    const { passCode } = enrollmentData;
    if (!passCode) throw new FactorportError('code_missing', { parameters: { field: 'enrollmentData.passCode' } });
    await verifyAudited(call, () =>
      call.services.enrolments.finish(call.actor, call.user.userId, enrollmentToken, passCode),
    );
    return undefined;
  },
});

/** @throws `not_supported` */
function requireOtp(factorType: (typeof FACTOR_TYPES)[number]): void {
  if (factorType === 'OTP') return;
  const what = {
    en: `factors of the type ${factorType}; enrol an authenticator app with the type OTP`,
    zh: `${factorType} 类型的认证要素，请使用 OTP 类型绑定身份验证器`,
  };
  throw new FactorportError('not_supported', { parameters: { what } });
}
