import { createHmac } from 'node:crypto';
import { codesEqual } from './code.ts';
import type { Algorithm, OtpParameters } from './parameters.ts';
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

/**
 * Finds the counter whose code equals the given one, from `first` to `last`, both included (RFC 4226 §7.4, look-ahead
 * window). Every one is computed and compared in constant time, so that the time taken tells nothing.
 *
 * @returns the lowest matching counter, or `undefined`
 */
export function findMatchingCounter(
  seed: Seed,
  code: string,
  parameters: OtpParameters,
  first: number,
  last: number,
): number | undefined {
  let found: number | undefined;
  for (let counter = Math.max(first, 0); counter <= last; counter++) {
    const equal = codesEqual(computeHotp(seed, counter, parameters.algorithm, parameters.digits), code);
    if (equal && found === undefined) found = counter;
  }
  return found;
}

/**
 * Finds two consecutive moving factors whose codes are the two given ones, for an authenticator that is far off
 * (RFC 4226 §7.4, resynchronisation; RFC 6238 §6 for time steps).
 *
 * @returns the first of the two that is nearest to `nearest`, or `undefined`
 */
export function findConsecutive(
  seed: Seed,
  codes: readonly [string, string],
  parameters: OtpParameters,
  range: { readonly first: number; readonly last: number; readonly nearest: number },
): number | undefined {
  let found: number | undefined;
  let previousMatches = false;
  for (let factor = Math.max(range.first, 0); factor <= range.last + 1; factor++) {
    const computed = computeHotp(seed, factor, parameters.algorithm, parameters.digits);
    if (previousMatches && codesEqual(computed, codes[1])) {
      const distance = Math.abs(factor - 1 - range.nearest);
      if (found === undefined || distance < Math.abs(found - range.nearest)) found = factor - 1;
    }
    previousMatches = codesEqual(computed, codes[0]);
  }
  return found;
}
