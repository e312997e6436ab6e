import { Type } from 'typebox';
import { TOKEN_LIFETIME_SECONDS } from '../../access/management-token.ts';
import { definePublicRoute } from '../route.ts';

export const getManagementToken = definePublicRoute({
  method: 'POST',
  path: '/api/v3/get-management-token',
  summary: { en: 'Exchange an access key for a management token', zh: '用访问密钥换取管理令牌' },
  scope: 'public',
  input: Type.Object({
    accessKeyId: Type.String({ minLength: 1, maxLength: 128 }),
    accessKeySecret: Type.String({ minLength: 1, maxLength: 256 }),
  }),
  output: Type.Object({ access_token: Type.String(), expires_in: Type.Integer() }),
  provenKey: (input) => input.accessKeyId,
  async handle({ services, actor, markAudited }, input) {
    const token = await services.tokenIssuer.issue(actor, input.accessKeyId, input.accessKeySecret);
    markAudited();
    return { access_token: token, expires_in: TOKEN_LIFETIME_SECONDS };
  },
});
