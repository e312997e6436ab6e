import { readKeyUri } from '../key-uri-item.ts';
import type { Place, SourceItem } from '../source.ts';
import { readAppAccount, refuseAccount, userOf } from './app-item.ts';

/**
 * Reads what Bitwarden keeps in the field for codes: a key URI, `steam://` and a secret, or a bare base32 secret, which means
 * SHA-1, 6 digits and 30 seconds.
 *
 * @param username of the login; where there is none, the account of the key URI says whose it is
 * @param field what the field is called in the file
 */
export function readBitwardenTotp(totp: unknown, username: unknown, place: Place, field: string): SourceItem {
  if (totp === undefined || totp === null || totp === '') return { kind: 'nothing', place };
  const user = userOf(username);
  if (typeof totp !== 'string') return refuseAccount(place, user, field, 'wrong_type');
  const text = totp.trim();
  if (text.includes('://')) return readKeyUri(text, user.name === undefined ? { place } : { place, user }, field);
  const secret = { text, encoding: 'base32' as const };
  return readAppAccount({ place, account: username, type: 'totp', periodSeconds: 30, secret }, { secret: field });
}
