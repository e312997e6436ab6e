import type { GeneratedFormat } from '../format.ts';
import { algorithmText, digitsOf, secretText, toBase32 } from '../secret-text.ts';

/** A table as homemade exports are, with every column that an import knows. */
export const csv: GeneratedFormat = {
  name: 'csv',
  title: { en: 'CSV with headings, secrets in base32', zh: '带表头的 CSV，密钥为 base32' },
  abilities: {
    hotp: true,
    parameters: true,
    recoveryCodes: true,
    faults: {
      bad_secret: 'not_base32',
      too_short: 'too_short',
      no_secret: 'no_secret',
      unsupported_algorithm: 'unsupported_algorithm',
      unknown_digits: 'digits_out_of_range',
      duplicate_user: 'duplicate_user',
      damaged: 'row_damaged',
    },
  },
  head: 'user_id,secret,type,algorithm,digits,period,counter,recovery_codes\n',
  separator: '\n',
  tail: '\n',
  row(row) {
    const { userId, type, periodSeconds, counter, recoveryCodes, fault } = row;
    const text = secretText(row, toBase32) ?? '';
    // A quotation mark that ends before the cell does.
    const secret = fault === 'damaged' ? `"${text.slice(0, 8)}"${text.slice(8)}` : text;
    const moving = type === 'hotp' ? `,${counter}` : `${periodSeconds},`;
    const parameters = `${type},${algorithmText(row)},${digitsOf(row)},${moving}`;
    return `${userId},${secret},${parameters},${recoveryCodes.join(' ')}`;
  },
};
