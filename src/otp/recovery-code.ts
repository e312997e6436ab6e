import { inspect } from 'node:util';

/** NIST SP 800-63B §5.1.2.1 asks look-up secrets for at least 20 bits; six characters of any usual alphabet have them. */
const MINIMUM_LENGTH = 6;
const MAXIMUM_LENGTH = 128;
const STRONG_BITS = 112;

/** Spaces, and every dash that a word processor may put in place of a hyphen. */
const SEPARATORS = /[\s\u002d\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g;

export type RecoveryCodeProblem = 'empty' | 'too_short' | 'too_long';

/** A recovery code in clear, in the form in which codes are compared. Prints as `[RecoveryCode]`. */
export class RecoveryCode {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The normalised code: what is digested. */
  get text(): string {
    return this.#text;
  }

  /**
   * Whether the code has the 112 bits for which NIST SP 800-63B §5.1.2.2 accepts a plain digest, if it was drawn at
   * random from the smallest usual alphabet that has its characters.
   */
  get isStrong(): boolean {
    return this.#text.length * bitsACharacter(this.#text) >= STRONG_BITS;
  }

  toString(): string {
    return '[RecoveryCode]';
  }

  toJSON(): string {
    return '[RecoveryCode]';
  }

  [inspect.custom](): string {
    return '[RecoveryCode]';
  }
}

/**
 * Normalises a recovery code, so that it matches whatever its case, hyphens, spaces and full-width forms.
 *
 * @returns the code, or the reason why the text cannot be one.
 */
export function parseRecoveryCode(text: string): RecoveryCode | RecoveryCodeProblem {
  if (text.length > MAXIMUM_LENGTH) return 'too_long';
  const normalised = compatible(text).replace(SEPARATORS, '').toLowerCase();
  if (normalised.length === 0) return 'empty';
  if (normalised.length < MINIMUM_LENGTH) return 'too_short';
  return new RecoveryCode(normalised);
}

/** Full-width and other compatibility forms as the plain ones; ASCII has none. */
function compatible(text: string): string {
  return isAscii(text) ? text : text.normalize('NFKC');
}

function bitsACharacter(text: string): number {
  if (/^[0-9]*$/.test(text)) return Math.log2(10);
  if (/^[0-9a-f]*$/.test(text)) return 4;
  return 5;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

const GENERATED_BYTES = STRONG_BITS / 8;

/**
 * Writes 112 random bits as people copy them: seven groups of four lower-case hex digits.
 *
 * @param randomBytes draws from a secure generator
 */
export function generateRecoveryCode(randomBytes: (length: number) => Uint8Array): string {
  const hex = Buffer.from(randomBytes(GENERATED_BYTES)).toString('hex');
  return (hex.match(/.{4}/g) as string[]).join('-');
}
