import { Type } from 'typebox';
import { defineRoute } from '../route.ts';
import { NamedUser } from '../schemas.ts';

const Status = Type.Enum(['enabled', 'disabled']);

export const getUserMfaInfo = defineRoute({
  method: 'GET',
  path: '/api/v3/get-user-mfa-info',
  summary: { en: 'List which second factors a user has', zh: '获取用户 MFA 绑定信息' },
  scope: 'users:read',
  input: Type.Object(NamedUser),
  output: Type.Object({ totpStatus: Status, faceMfaStatus: Status, smsMfaStatus: Status, emailMfaStatus: Status }),
  async handle({ services, actor }, input) {
    const userId = await services.users.resolve(actor.poolId, input.userId, input.userIdType ?? 'user_id');
    const totpStatus = (await services.verifier.hasFactor(actor.poolId, userId)) ? 'enabled' : 'disabled';
    return { totpStatus, faceMfaStatus: 'disabled', smsMfaStatus: 'disabled', emailMfaStatus: 'disabled' };
  },
});
