import { parseSeed } from '../../otp/seed.ts';
import { readSecret } from '../registration.ts';
import type { SecretEncoding } from '../source.ts';

/** Encodings between which the secrets of a column are decided. */
export type CellEncoding = Exclude<SecretEncoding, 'otpauth'>;

/** What a cell of a secret column is, before anything is known of the rest of the column. */
export type CellKind = 'absent' | 'uri' | 'other-uri' | 'hashed' | 'secret';

/** How databases and scripts write that there is nothing. */
const ABSENT = /^(?:|null|\\N|\(null\)|none|nil|n\/a|na|undefined|-|无)$/i;
/** Password hashes: crypt's `$id$`, LDAP's `{SCHEME}`, Django's `algorithm$iterations$`. */
const HASHED =
  /^(?:\$(?:2[abxy]?|argon2[a-z]*|1|5|6|7|y|s0|scrypt|pbkdf2[a-z0-9-]*|bcrypt[a-z0-9-]*)\$|\{(?:s?sha|s?md5|ssha\d+|sha\d+|crypt|bcrypt|pbkdf2|argon2)[^}]*\}|(?:pbkdf2_|bcrypt_|argon2|scrypt)[a-z0-9_]*\$)/i;
const URI = /^otpauth:\/\//i;
const OTHER_URI = /^(?:steam|motp|yaotp|otpauth-migration|totp|hotp):\/\//i;

/** Whether a cell says that there is nothing in it: empty, `NULL`, `\N`, `n/a`. */
export function isAbsent(cell: string | undefined): boolean {
  return cell === undefined || ABSENT.test(cell);
}

/** Whether a value is a password hash, from which nothing can be had. A bare hex digest looks like a key and is none of these. */
export function isHashed(cell: string): boolean {
  return HASHED.test(cell);
}

export function kindOf(cell: string): CellKind {
  if (isAbsent(cell)) return 'absent';
  if (URI.test(cell)) return 'uri';
  if (OTHER_URI.test(cell)) return 'other-uri';
  return isHashed(cell) ? 'hashed' : 'secret';
}

/**
 * In which encodings a cell can be a secret of a possible length. Stricter than reading it is: letters of one case for
 * base32 and hex, and for base64 something that neither of them has, because almost every base32 text can be read as base64,
 * too. `text` fits everything and is left out.
 */
export function readingsOf(cell: string): {
  readonly reads: readonly CellEncoding[];
  readonly isOnlyTooShortOrLong: boolean;
} {
  const reads: CellEncoding[] = [];
  let isOnlyTooShortOrLong = false;
  for (const encoding of ['base32', 'hex', 'base64'] as const) {
    if (!isTypical(cell, encoding)) continue;
    const seed = encoding === 'base32' ? parseSeed(cell) : readSecret({ text: cell, encoding });
    if (seed === 'too_short' || seed === 'too_long') isOnlyTooShortOrLong = true;
    else if (typeof seed !== 'string') {
      seed.wipe();
      reads.push(encoding);
    }
  }
  return { reads, isOnlyTooShortOrLong: isOnlyTooShortOrLong && reads.length === 0 };
}

/** Whether base64 alone has this: `+`, `/`, or padding that base32 does not have in such a place. */
export function isSurelyBase64(cell: string): boolean {
  return /[+/]/.test(cell) || (/={1,2}$/.test(cell) && hasBothCases(cell));
}

/** Whether a cell has the characters of an encoding, in the way in which secrets are written in it. */
export function isTypical(cell: string, encoding: CellEncoding): boolean {
  switch (encoding) {
    case 'base32':
      return !hasBothCases(cell) && /^[A-Z2-7]+(?:[ -][A-Z2-7]+)*=*$/i.test(cell);
    case 'hex':
      return !hasBothCases(cell.replace(/^0x/i, '')) && /^(?:0x)?[0-9A-F]+(?:[ :-][0-9A-F]+)*$/i.test(cell);
    default:
      return hasBothCases(cell) || /[+/]/.test(cell);
  }
}

function hasBothCases(text: string): boolean {
  return /[a-z]/.test(text) && /[A-Z]/.test(text);
}
