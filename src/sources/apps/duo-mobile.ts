import { objectOf } from '../json-object.ts';
import { readRecordItems } from '../record-items.ts';
import type { Source } from '../source.ts';
import { readAppAccount, refuseAccount, userOf } from './app-item.ts';

const NAMES = { secret: 'otpGenerator.otpSecret', counter: 'otpGenerator.counter', type: 'accountType' };

/**
 * Accounts in the backup of Duo Mobile. One with a counter is HOTP; the app has no other parameters. The accounts that are
 * Duo's own have no key that could be taken along.
 */
export const duoMobile: Source = {
  name: 'duo-mobile',
  title: { en: 'Duo Mobile (accounts of third parties)', zh: 'Duo Mobile（第三方账户）' },
  howToExport: {
    en: 'The file `duokit/accounts.json` in the data of the app, or a copy of it from a backup of the device.',
    zh: '应用数据中的 `duokit/accounts.json`，或设备备份中的副本。',
  },
  recognise: ({ json }) =>
    json?.paths.has('*.otpGenerator.otpSecret') === true
      ? {
          certainty: 'sure',
          because: { en: 'its accounts have "otpGenerator.otpSecret"', zh: '各账户包含“otpGenerator.otpSecret”' },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, {
      format: 'duo-mobile',
      paths: [''],
      toItems: ({ name, accountType, otpGenerator }, nextPlace) => {
        const { otpSecret, counter } = objectOf(otpGenerator);
        if (accountType !== 'OtpAccount') {
          return [refuseAccount(nextPlace(), userOf(name), NAMES.type, 'not_oath')];
        }
        const isHotp = counter !== undefined && counter !== null;
        return [
          readAppAccount(
            {
              place: nextPlace(),
              account: name,
              secret: { text: otpSecret, encoding: 'base32' },
              type: isHotp ? 'hotp' : 'totp',
              counter,
            },
            NAMES,
          ),
        ];
      },
    }),
};
