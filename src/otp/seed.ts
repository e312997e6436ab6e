import { createSecretKey, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { type Base32Problem, decodeBase32, encodeBase32 } from './base32.ts';

/** The documented example of the v3 API has 80 bits; shorter secrets are mistakes. */
export const MINIMUM_SEED_BITS = 80;
export const MAXIMUM_SEED_BITS = 1024;
/** RFC 4226 §4 R6: "The length of the shared secret MUST be at least 128 bits." Shorter ones are taken and called weak. */
export const RECOMMENDED_SEED_BITS = 128;

/** 1024 bits are 205 characters; the rest is room for the grouping that people add. */
const MAXIMUM_TEXT_LENGTH = 1024;

export type SeedProblem = Base32Problem | 'empty' | 'too_short' | 'too_long';

/**
 * The shared secret of an authenticator, in clear.
 *
 * It prints as `[Seed]` wherever it might be logged or serialised; only {@link Seed.bytes} and {@link Seed.toBase32}
 * give the value, so that a reader can find every place that uses it.
 */
export class Seed {
  readonly #bytes: Uint8Array;
  #hmacKey: KeyObject | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The key bytes for HMAC. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The same for `createHmac`, which takes it several times as fast; Node clears its memory when it is collected. */
  get hmacKey(): KeyObject {
    this.#hmacKey ??= createSecretKey(this.#bytes);
    return this.#hmacKey;
  }

  get lengthBits(): number {
    return this.#bytes.length * 8;
  }

  get isWeak(): boolean {
    return this.lengthBits < RECOMMENDED_SEED_BITS;
  }

  toBase32(): string {
    return encodeBase32(this.#bytes);
  }

  /** Overwrites the bytes; the seed must not be used afterwards. */
  wipe(): void {
    this.#bytes.fill(0);
    this.#hmacKey = undefined;
  }

  toString(): string {
    return '[Seed]';
  }

  toJSON(): string {
    return '[Seed]';
  }

  [inspect.custom](): string {
    return '[Seed]';
  }
}

/**
 * Reads a base32 secret of {@link MINIMUM_SEED_BITS} to {@link MAXIMUM_SEED_BITS} bits.
 *
 * @returns the seed, or the reason why the text cannot be one.
 */
export function parseSeed(text: string): Seed | SeedProblem {
  if (text.length > MAXIMUM_TEXT_LENGTH) return 'too_long';
  const bytes = decodeBase32(text);
  if (typeof bytes === 'string') return bytes;
  if (bytes.length === 0) return 'empty';
  if (bytes.length * 8 < MINIMUM_SEED_BITS) return 'too_short';
  if (bytes.length * 8 > MAXIMUM_SEED_BITS) return 'too_long';
  return new Seed(bytes);
}
