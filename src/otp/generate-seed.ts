import { Seed } from './seed.ts';

/** Gives so many bytes that nobody can foretell. */
export type RandomBytes = (length: number) => Uint8Array;

/** RFC 4226 §4 R6 recommends 160 bits. */
const SEED_BYTES = 20;

/** Draws the seed of an authenticator that is enrolled here. */
export function generateSeed(randomBytes: RandomBytes): Seed {
  return new Seed(randomBytes(SEED_BYTES));
}
