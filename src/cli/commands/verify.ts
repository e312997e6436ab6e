import { fillText, type LocalText } from '../../language.ts';
import { cliActor, POOL_OPTION } from '../actor.ts';
import { type Command, EXIT } from '../command.ts';
import { readUserIdType, TYPE_OPTION, USER_ARGUMENT } from './users.ts';

const ACCEPTED: LocalText = {
  en: 'The code is correct. It cannot be used again.',
  zh: '验证码正确。该验证码已失效，不能再次使用。',
};

const FRESH: LocalText = {
  en: 'New recovery code in its place, shown only now: {code}',
  zh: '新的恢复码（仅显示这一次）：{code}',
};

export const verify: Command = {
  name: 'verify',
  summary: {
    en: "Verify a code of a user's authenticator, or a recovery code",
    zh: '校验用户身份验证器的验证码或恢复码',
  },
  arguments: [
    USER_ARGUMENT,
    { name: 'code', text: { en: 'What the app shows, or a recovery code.', zh: '身份验证器显示的数字，或恢复码。' } },
  ],
  options: { ...TYPE_OPTION, ...POOL_OPTION },
  examples: ['factorport verify alice 123456 --type username'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const actor = await cliActor(services, invocation);
      const [user = '', code = ''] = invocation.arguments;
      const userId = await services.users.resolve(actor.poolId, user, readUserIdType(invocation));
      const { method, freshRecoveryCode } = await services.verifier.verify(actor, userId, code);
      if (invocation.flag('json')) terminal.json({ verified: true, method, recoveryCode: freshRecoveryCode });
      else {
        terminal.line(ACCEPTED[language]);
        if (freshRecoveryCode !== undefined) terminal.line(fillText(FRESH, language, { code: freshRecoveryCode }));
      }
      return EXIT.ok;
    }),
};
