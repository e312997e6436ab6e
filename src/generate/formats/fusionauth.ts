import type { GeneratedFormat } from '../format.ts';
import { digitsOf, secretText, toBase64 } from '../secret-text.ts';

/** The body of FusionAuth's import of users: secrets in base64, recovery codes in clear. */
export const fusionauth: GeneratedFormat = {
  name: 'fusionauth',
  title: { en: 'FusionAuth import of users', zh: 'FusionAuth 用户导入' },
  abilities: {
    hotp: false,
    parameters: true,
    recoveryCodes: true,
    faults: {
      bad_secret: 'not_base64',
      too_short: 'too_short',
      no_secret: 'no_secret',
      unsupported_algorithm: 'unsupported_algorithm',
      unknown_digits: 'digits_out_of_range',
      duplicate_user: 'duplicate_user',
    },
  },
  head: '{"users":[\n',
  separator: ',\n',
  tail: '\n]}\n',
  row(row) {
    const secret = secretText(row, toBase64);
    const algorithm = row.fault === 'unsupported_algorithm' ? 'HmacMD5' : `Hmac${row.algorithm}`;
    const authenticator = { algorithm, codeLength: digitsOf(row), timeStep: row.periodSeconds };
    const method = { method: 'authenticator', ...(secret === undefined ? {} : { secret }), authenticator };
    return JSON.stringify({
      id: row.userId,
      username: row.userId,
      email: `${row.userId}@example.test`,
      twoFactor: { methods: [method], recoveryCodes: row.recoveryCodes },
    });
  },
};
