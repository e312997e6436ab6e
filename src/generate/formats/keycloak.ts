import type { GeneratedFormat } from '../format.ts';
import type { Row } from '../rows.ts';
import { digitsOf, secretText, toBase32 } from '../secret-text.ts';

const CREATED = 1_767_225_600_000;

/**
 * A realm as `kc.sh export` writes it. Of the users with an OTP some have a secret in base32, which says so, and some one
 * whose characters are the key, which says nothing (OTPCredentialModel).
 */
export const keycloak: GeneratedFormat = {
  name: 'keycloak',
  title: { en: 'Keycloak realm with users', zh: '含用户的 Keycloak realm' },
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
    },
    usersWithoutOtp: true,
    plainSecrets: true,
  },
  head: '{"realm":"synthetic","enabled":true,"otpPolicyType":"totp","users":[\n',
  separator: ',\n',
  tail: '\n]}\n',
  row(row) {
    const id = JSON.stringify(row.userId);
    const email = JSON.stringify(`${row.userId}@example.test`);
    const password = '{"type":"password","secretData":"{\\"value\\":\\"\\"}","credentialData":"{}"}';
    const credentials = row.hasOtp ? `${password},${otpCredential(row)}` : password;
    const names = `"id":${id},"username":${id},"email":${email}`;
    return `{${names},"enabled":true,"emailVerified":true,"credentials":[${credentials}],"realmRoles":["default"]}`;
  },
};

/** Both inner parts are JSON in a text. */
function otpCredential(row: Row): string {
  const secret = secretText(row, toBase32);
  const data = {
    subType: row.type,
    digits: digitsOf(row),
    counter: row.counter,
    period: row.periodSeconds === 0 ? 30 : row.periodSeconds,
    algorithm: row.fault === 'unsupported_algorithm' ? 'HmacMD5' : `Hmac${row.algorithm}`,
    ...(row.isPlain ? {} : { secretEncoding: 'BASE32' }),
  };
  return JSON.stringify({
    type: 'otp',
    userLabel: 'phone',
    createdDate: CREATED,
    secretData: JSON.stringify(secret === undefined ? {} : { value: secret }),
    credentialData: JSON.stringify(data),
  });
}
