import type { GeneratedFormat } from '../format.ts';
import { algorithmText, digitsOf, secretText, toBase32 } from '../secret-text.ts';

/** Key URIs, one a line (google-authenticator's wiki, "Key Uri Format"). */
export const otpauth: GeneratedFormat = {
  name: 'otpauth',
  title: { en: 'otpauth:// addresses, one a line', zh: 'otpauth:// 地址，每行一个' },
  abilities: {
    hotp: true,
    parameters: true,
    recoveryCodes: false,
    faults: {
      bad_secret: 'not_base32',
      too_short: 'too_short',
      no_secret: 'no_secret',
      unsupported_algorithm: 'unsupported_algorithm',
      unknown_digits: 'digits_out_of_range',
      duplicate_user: 'duplicate_user',
      damaged: 'not_key_uri',
    },
  },
  head: '',
  separator: '\n',
  tail: '\n',
  row(row) {
    const secret = secretText(row, toBase32);
    const moving = row.type === 'hotp' ? `counter=${row.counter}` : `period=${row.periodSeconds}`;
    const parameters = `algorithm=${algorithmText(row)}&digits=${digitsOf(row)}&${moving}`;
    const query = `${secret === undefined ? '' : `secret=${secret}&`}issuer=Synthetic&${parameters}`;
    const slashes = row.fault === 'damaged' ? '/' : '//';
    return `otpauth:${slashes}${row.type}/Synthetic:${encodeURIComponent(row.userId)}?${query}`;
  },
};
