import type { LocalText } from '../../language.ts';
import { cliActor, POOL_OPTION } from '../actor.ts';
import { type Command, EXIT } from '../command.ts';
import { readUserIdType, TYPE_OPTION, USER_ARGUMENT } from './users.ts';

const ACCEPTED: LocalText = {
  en: 'The code is right. It cannot be used again.',
  zh: '验证码正确。该验证码已失效，不能再次使用。',
};

export const verify: Command = {
  name: 'verify',
  summary: { en: "Verify a code of a user's authenticator", zh: '校验用户身份验证器的验证码' },
  arguments: [USER_ARGUMENT, { name: 'code', text: { en: 'What the app shows.', zh: '身份验证器显示的数字。' } }],
  options: { ...TYPE_OPTION, ...POOL_OPTION },
  examples: ['factorport verify alice 123456 --type username'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const actor = await cliActor(services, invocation);
      const [user = '', code = ''] = invocation.arguments;
      const userId = await services.users.resolve(actor.poolId, user, readUserIdType(invocation));
      await services.verifier.verify(actor, userId, code);
      if (invocation.flag('json')) terminal.json({ verified: true });
      else terminal.line(ACCEPTED[language]);
      return EXIT.ok;
    }),
};
