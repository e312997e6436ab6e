import { encodeBase32 } from '../otp/base32.ts';
import type { Row } from './rows.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Two characters for ten bits: a third of the time of {@link encodeBase32}, which matters for ten million rows. */
const PAIRS = Array.from(
  { length: 1024 },
  (_, value) => (ALPHABET[value >>> 5] as string) + (ALPHABET[value & 31] as string),
);

const TOO_SHORT_BYTES = 5;

/** A row's secret as the file says it, with its fault; `undefined` where the file says none. */
export function secretText(row: Row, encode: (bytes: Buffer) => string): string | undefined {
  switch (row.fault) {
    case 'no_secret':
      return undefined;
    case 'too_short':
      return encode(row.secret.subarray(0, TOO_SHORT_BYTES));
    case 'bad_secret': {
      // In no alphabet, so that it does not speak for another encoding of the column either.
      const text = encode(row.secret);
      return `${text.slice(0, 4)}!${text.slice(5)}`;
    }
    default:
      return row.isPlain ? row.secret.toString('latin1') : encode(row.secret);
  }
}

export function algorithmText({ fault, algorithm }: Row): string {
  return fault === 'unsupported_algorithm' ? 'MD5' : algorithm;
}

export function digitsOf({ fault, digits }: Row): number {
  return fault === 'unknown_digits' ? 12 : digits;
}

export function toBase32(bytes: Buffer): string {
  const whole = bytes.length - (bytes.length % 5);
  let text = '';
  for (let index = 0; index < whole; index += 5) {
    const first = bytes[index] as number;
    const second = bytes[index + 1] as number;
    const third = bytes[index + 2] as number;
    const fourth = bytes[index + 3] as number;
    text +=
      (PAIRS[(first << 2) | (second >>> 6)] as string) +
      PAIRS[((second & 63) << 4) | (third >>> 4)] +
      PAIRS[((third & 15) << 6) | (fourth >>> 2)] +
      PAIRS[((fourth & 3) << 8) | (bytes[index + 4] as number)];
  }
  return whole === bytes.length ? text : text + encodeBase32(bytes.subarray(whole));
}

export function toHex(bytes: Buffer): string {
  return bytes.toString('hex');
}

export function toBase64(bytes: Buffer): string {
  return bytes.toString('base64');
}
