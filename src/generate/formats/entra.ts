import type { GeneratedFormat } from '../format.ts';
import { secretText, toBase32 } from '../secret-text.ts';

/** Microsoft Entra's list of hardware tokens, which has neither algorithms nor digits, and names users by UPN. */
export const entra: GeneratedFormat = {
  name: 'entra',
  title: { en: 'Microsoft Entra CSV of hardware tokens', zh: 'Microsoft Entra 硬件令牌 CSV' },
  abilities: {
    hotp: false,
    parameters: false,
    recoveryCodes: false,
    faults: {
      bad_secret: 'not_base32',
      too_short: 'too_short',
      no_secret: 'no_secret',
      duplicate_user: 'duplicate_user',
    },
  },
  head: 'upn,serial number,secret key,time interval,manufacturer,model\n',
  separator: '\n',
  tail: '\n',
  row(row) {
    const { userId, serial, periodSeconds } = row;
    return `${userId}@example.test,${serial},${secretText(row, toBase32) ?? ''},${periodSeconds},Synthetic,Token`;
  },
};
