import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBase32 } from '../../src/otp/base32.ts';
import { artifactFolder } from './artifacts.ts';

/*
 * Secrets that tests put in, all recognisable: after the suite, the scan of what it left behind looks for them. Use
 * these wherever a test needs a seed or a recovery code.
 */

/** The first ten bytes of every planted seed: 16 characters of base32. */
export const SEED_MARKER = Buffer.from('7072c1a9e3f5d8b64c2e', 'hex');

/** The beginning of every planted recovery code. */
export const CODE_MARKER = 'fa57-c0de-9a7e';

/** A planted seed of 160 bits, in base32; another for every number. */
export function plantedSeed(number: number): string {
  return encodeBase32(plantedSeedBytes(number));
}

export function plantedSeedBytes(number: number): Buffer {
  const rest = createHash('sha256').update(`planted seed ${number}`).digest().subarray(0, 10);
  return Buffer.concat([SEED_MARKER, rest]);
}

/** A planted recovery code in the documented form: six groups of four hex digits. */
export function plantedCode(number: number): string {
  const rest = createHash('sha256').update(`planted code ${number}`).digest('hex').slice(0, 12);
  return `${CODE_MARKER}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8, 12)}`;
}

/** The beginning of the secret of every access key that a test server makes. */
export const KEY_MARKER = 'b7e1d05afc93628e';

/** A secret as the service makes them: 48 hex digits. */
export function plantedKeySecret(): string {
  return KEY_MARKER + randomBytes(16).toString('hex');
}

/** Randomness of which seeds (20 bytes) and recovery codes (14 bytes) are recognisable, and tokens (256 bytes) are told. */
export function plantedRandomBytes(size: number): Buffer {
  const bytes = randomBytes(size);
  if (size === 20) SEED_MARKER.copy(bytes);
  if (size === 14) Buffer.from(CODE_MARKER.replaceAll('-', ''), 'hex').copy(bytes);
  if (size === 256) plant(bytes.toString('base64'));
  return bytes;
}

/** Tells the scan of a secret that was made while testing (a token, the key of a server in another process). */
export function plant(secret: string): void {
  appendFileSync(join(artifactFolder('planted'), `${process.pid}.txt`), `${secret}\n`);
}
