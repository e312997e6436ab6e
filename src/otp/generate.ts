import { Seed } from './seed.ts';

/** Gives so many bytes that nobody can foretell. */
export type RandomBytes = (size: number) => Uint8Array;

/** RFC 4226 §4 R6 recommends 160 bits. */
const SEED_BYTES = 20;
/** 112 bits, for which NIST SP 800-63B §5.1.2.2 accepts a plain digest. */
const RECOVERY_CODE_BYTES = 14;

export function generateSeed(randomBytes: RandomBytes): Seed {
  return new Seed(randomBytes(SEED_BYTES));
}

/** A new recovery code as it is shown: seven groups of four lower-case hex digits. */
export function generateRecoveryCode(randomBytes: RandomBytes): string {
  const digits = Buffer.from(randomBytes(RECOVERY_CODE_BYTES)).toString('hex');
  return (digits.match(/.{4}/g) as string[]).join('-');
}
