import { createHmac } from 'node:crypto';
import type { Algorithm } from './parameters.ts';
import type { Seed } from './seed.ts';

const HASH_NAMES: Record<Algorithm, string> = { SHA1: 'sha1', SHA256: 'sha256', SHA512: 'sha512' };

/**
 * The HOTP value of a counter (RFC 4226 §5.3, dynamic truncation; with SHA-2 as RFC 6238 §1.2 allows).
 *
 * @param counter a whole number from 0 to 2^53 - 1
 * @param digits length of the code, padded with zeros on the left
 */
export function computeHotp(seed: Seed, counter: number, algorithm: Algorithm, digits: number): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac(HASH_NAMES[algorithm], seed.bytes).update(message).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0xf;
  const binary = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(binary % 10 ** digits).padStart(digits, '0');
}
