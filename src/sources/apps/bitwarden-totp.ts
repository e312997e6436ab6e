import type { Reason } from '../../import/reasons.ts';
import { type KeyUriProblem, parseKeyUri } from '../../otp/key-uri.ts';
import type { FieldNames } from '../registration.ts';
import type { Place, SourceItem } from '../source.ts';
import { readAppAccount, refuseAccount, userOf } from './app-item.ts';

/**
 * Reads what Bitwarden keeps in the field for codes: a key URI, `steam://` and a secret, or a bare base32 secret, which means
 * SHA-1, 6 digits and 30 seconds.
 *
 * @param username of the login; where there is none, the account of the key URI says whose it is
 */
export function readBitwardenTotp(totp: unknown, username: unknown, place: Place, field: string): SourceItem {
  if (totp === undefined || totp === null || totp === '') return { kind: 'nothing', place };
  const user = userOf(username);
  if (typeof totp !== 'string') return refuseAccount(place, user, field, 'wrong_type');
  const text = totp.trim();
  if (/^steam:\/\//i.test(text) || /^otpauth:\/\/steam\b/i.test(text))
    return refuseAccount(place, user, field, 'steam');
  const names = namesOf(field);
  if (!text.includes('://')) {
    const secret = { text, encoding: 'base32' as const };
    return readAppAccount({ place, account: username, type: 'totp', periodSeconds: 30, secret }, names);
  }
  const key = parseKeyUri(text);
  if (typeof key === 'string') return refuseAccount(place, user, field, reasonOf(key));
  const { type, algorithm, digits, periodSeconds } = key.parameters;
  const account = user.name ?? key.account;
  const { counter } = key;
  return readAppAccount(
    { place, account, secret: key.seed.bytes, type, algorithm, digits, periodSeconds, counter },
    names,
  );
}

function namesOf(field: string): FieldNames {
  return { secret: field, type: field, algorithm: field, digits: field, period: field, counter: field };
}

function reasonOf(problem: KeyUriProblem): Reason {
  switch (problem) {
    case 'missing_secret':
    case 'secret_empty':
      return 'no_secret';
    case 'secret_not_base32':
      return 'not_base32';
    case 'secret_truncated':
      return 'truncated';
    case 'secret_too_short':
      return 'too_short';
    case 'secret_too_long':
      return 'too_long';
    case 'bad_counter':
      return 'counter_out_of_range';
    default:
      return problem;
  }
}
