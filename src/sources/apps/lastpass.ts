import { readRecordItems } from '../record-items.ts';
import type { Source } from '../source.ts';
import { readAppAccount } from './app-item.ts';

const NAMES = { secret: 'secret', algorithm: 'algorithm', digits: 'digits', period: 'timeStep' };

/** The export of LastPass Authenticator, all of it TOTP. */
export const lastpass: Source = {
  name: 'lastpass-authenticator',
  title: { en: 'LastPass Authenticator', zh: 'LastPass Authenticator' },
  howToExport: {
    en: 'LastPass Authenticator: Settings → Transfer accounts → Export accounts to file.',
    zh: 'LastPass Authenticator：设置 → 转移账户 → 将账户导出到文件。',
  },
  recognise: ({ json }) =>
    json?.paths.has('accounts.*.issuerName') === true && json.paths.has('accounts.*.secret')
      ? {
          certainty: 'sure',
          because: { en: 'its accounts have "issuerName" and "secret"', zh: '各账户包含“issuerName”和“secret”' },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, {
      format: 'lastpass-authenticator',
      paths: ['accounts.*'],
      toItems: ({ userName, secret, algorithm, digits, timeStep }, nextPlace) => [
        readAppAccount(
          {
            place: nextPlace(),
            account: userName,
            secret: { text: secret, encoding: 'base32' },
            type: 'totp',
            algorithm,
            digits,
            periodSeconds: timeStep,
          },
          NAMES,
        ),
      ],
    }),
};
