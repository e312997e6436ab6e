import type { GeneratedFormat } from '../format.ts';
import { algorithmText, digitsOf, secretText, toHex } from '../secret-text.ts';

/** A vendor's list of tokens as privacyIDEA and LinOTP read it; whose they are stands in a list of its own. */
export const oathCsv: GeneratedFormat = {
  name: 'oath-csv',
  title: { en: 'OATH CSV of hardware tokens, by serial number', zh: '硬件令牌的 OATH CSV，按序列号' },
  abilities: {
    hotp: true,
    parameters: true,
    recoveryCodes: false,
    faults: {
      bad_secret: 'not_hex',
      too_short: 'too_short',
      no_secret: 'no_secret',
      unsupported_algorithm: 'unsupported_algorithm',
      unknown_digits: 'digits_out_of_range',
      duplicate_user: 'duplicate_user',
    },
  },
  head: '',
  separator: '\n',
  tail: '\n',
  row(row) {
    const moving = row.type === 'hotp' ? row.counter : row.periodSeconds;
    const algorithm = algorithmText(row).toLowerCase();
    return `${row.serial},${secretText(row, toHex) ?? ''},${row.type},${digitsOf(row)},${moving},${algorithm}`;
  },
  assignments: { head: 'serial,user_id\n', row: ({ serial, userId }) => `${serial},${userId}\n` },
};
