import type { Reason } from '../import/reasons.ts';
import type { TextParameters } from '../language.ts';
import {
  DEFAULT_PARAMETERS,
  MAXIMUM_COUNTER,
  MAXIMUM_DIGITS,
  MAXIMUM_PERIOD_SECONDS,
  MINIMUM_DIGITS,
  MINIMUM_PERIOD_SECONDS,
  type OtpParameters,
  parseAlgorithm,
} from '../otp/parameters.ts';
import { parseRecoveryCode, type RecoveryCode } from '../otp/recovery-code.ts';
import { MAXIMUM_SEED_BITS, MINIMUM_SEED_BITS, parseSeed, Seed } from '../otp/seed.ts';
import { MAXIMUM_RECOVERY_CODES } from './authing-item.ts';
import type { Place, SecretEncoding, SourceItem, SourceUser } from './source.ts';

/**
 * One registration as a format has it, before anything of it was checked. What is absent has the default of its product,
 * which the reader puts in; `undefined` and `null` mean that the product says nothing, and then RFC 6238's default holds.
 * An empty text is something that is said and not understood.
 * An empty text is something said and not understood.
 */
export interface Registration {
  readonly place: Place;
  readonly user: SourceUser;
  readonly serial?: string | undefined;
  /** Text in an encoding, or the key itself. */
  readonly secret: { readonly text: unknown; readonly encoding: Exclude<SecretEncoding, 'otpauth'> } | Uint8Array;
  /** `totp` or `hotp`, in any case; `undefined`: TOTP. */
  readonly type?: unknown;
  readonly algorithm?: unknown;
  /** Numbers, or texts of whole numbers. */
  readonly digits?: unknown;
  readonly periodSeconds?: unknown;
  readonly counter?: unknown;
  /** In clear; the unused ones only. */
  readonly recoveryCodes?: readonly unknown[] | undefined;
  readonly checkCode?: string | undefined;
  readonly notes?: readonly Reason[] | undefined;
}

/** How the format calls its fields, for problems. */
export interface FieldNames {
  readonly secret: string;
  readonly type?: string;
  readonly algorithm?: string;
  readonly digits?: string;
  readonly period?: string;
  readonly counter?: string;
  readonly recoveryCodes?: string;
}

interface Refusal {
  readonly field: string;
  readonly reason: Reason;
  readonly parameters?: TextParameters;
}

/**
 * Checks a registration: the one way from a format's fields to an entry. Nothing that is there and not understood is
 * replaced by a default.
 */
export function toSourceItem(registration: Registration, names: FieldNames): SourceItem {
  const { place, user, serial } = registration;
  const refuse = (refusal: Refusal): SourceItem => ({ kind: 'problem', problem: { place, user, serial, ...refusal } });
  const parameters = readParameters(registration, names);
  if ('reason' in parameters) return refuse(parameters);
  const counter = readCounter(registration, parameters, names);
  if (typeof counter === 'object') return refuse(counter);
  const recoveryCodes = readRecoveryCodes(registration.recoveryCodes ?? [], names);
  if ('reason' in recoveryCodes) return refuse(recoveryCodes);
  const seed = readSecret(registration.secret);
  if (typeof seed === 'string') return refuse({ field: names.secret, reason: seed });
  const written = registration.secret instanceof Uint8Array ? undefined : String(registration.secret.text);
  const { checkCode, notes } = registration;
  return {
    kind: 'entry',
    entry: { place, user, serial, seed, parameters, counter, recoveryCodes, written, checkCode, notes },
  };
}

/** Reads a secret in one encoding. White space around it is ignored, and inside it, too, except in `text`. */
export function readSecret(secret: Registration['secret']): Seed | Reason {
  if (secret instanceof Uint8Array) return checkLength(secret);
  const { text, encoding } = secret;
  if (text === undefined || text === null || text === '') return 'no_secret';
  if (typeof text !== 'string') return 'wrong_type';
  if (isMasked(text)) return 'masked';
  if (encoding === 'base32') return parseSeed(text);
  // Half of a character has no bytes; writing the replacement character in its place would make another key of it.
  if (encoding === 'text') return text.isWellFormed() ? checkLength(Buffer.from(text)) : 'wrong_type';
  const bytes = encoding === 'hex' ? decodeHex(text) : decodeBase64(text);
  return typeof bytes === 'string' ? bytes : checkLength(bytes);
}

/** Whether a product shows this in the place of a secret. */
export function isMasked(text: string): boolean {
  return (
    /^[*•x●█.…\-_\s]{3,}$/i.test(text) || /\*{3,}|•{3,}/.test(text) || /^\[?(hidden|redacted|masked)\]?$/i.test(text)
  );
}

/** @returns the bytes; spaces, colons and hyphens between them and a leading `0x` are ignored */
export function decodeHex(text: string): Uint8Array | Reason {
  const digits = text.replace(/[\s:-]/g, '').replace(/^0x/i, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return 'not_hex';
  return Buffer.from(digits, 'hex');
}

/** Standard or URL alphabet, padding optional; a length that base64 never has is refused. */
export function decodeBase64(text: string): Uint8Array | Reason {
  const characters = text.replace(/\s/g, '');
  const unpadded = characters.replace(/={1,2}$/, '');
  if (!/^([A-Za-z0-9+/]*|[A-Za-z0-9_-]*)$/.test(unpadded) || unpadded.length % 4 === 1) return 'not_base64';
  if (characters !== unpadded && characters.length % 4 !== 0) return 'not_base64';
  return Buffer.from(unpadded, 'base64');
}

function checkLength(bytes: Uint8Array): Seed | Reason {
  if (bytes.length === 0) return 'no_secret';
  if (bytes.length * 8 < MINIMUM_SEED_BITS) return 'too_short';
  if (bytes.length * 8 > MAXIMUM_SEED_BITS) return 'too_long';
  return new Seed(bytes);
}

function readParameters(given: Registration, names: FieldNames): OtpParameters | Refusal {
  const type = isAbsent(given.type) ? 'totp' : textOf(given.type).toLowerCase();
  if (type !== 'totp' && type !== 'hotp') return { field: names.type ?? 'type', reason: 'unsupported_type' };
  const algorithm = isAbsent(given.algorithm) ? DEFAULT_PARAMETERS.algorithm : parseAlgorithm(textOf(given.algorithm));
  if (algorithm === undefined) return { field: names.algorithm ?? 'algorithm', reason: 'unsupported_algorithm' };
  const digits = isAbsent(given.digits) ? DEFAULT_PARAMETERS.digits : wholeNumber(given.digits);
  if (digits === undefined || digits < MINIMUM_DIGITS || digits > MAXIMUM_DIGITS) {
    return { field: names.digits ?? 'digits', reason: 'digits_out_of_range' };
  }
  if (type === 'hotp') return { type, algorithm, digits, periodSeconds: 0 };
  const periodSeconds = isAbsent(given.periodSeconds)
    ? DEFAULT_PARAMETERS.periodSeconds
    : wholeNumber(given.periodSeconds);
  if (periodSeconds === undefined || periodSeconds < MINIMUM_PERIOD_SECONDS || periodSeconds > MAXIMUM_PERIOD_SECONDS) {
    return { field: names.period ?? 'period', reason: 'period_out_of_range' };
  }
  return { type, algorithm, digits, periodSeconds };
}

function readCounter(given: Registration, { type }: OtpParameters, names: FieldNames): number | Refusal {
  if (type === 'totp') return 0;
  const field = names.counter ?? 'counter';
  if (isAbsent(given.counter)) return { field, reason: 'missing' };
  const counter = wholeNumber(given.counter);
  if (counter === undefined || counter > MAXIMUM_COUNTER) return { field, reason: 'counter_out_of_range' };
  return counter;
}

function readRecoveryCodes(texts: readonly unknown[], names: FieldNames): readonly RecoveryCode[] | Refusal {
  const field = names.recoveryCodes ?? 'recovery_codes';
  if (texts.length > MAXIMUM_RECOVERY_CODES) {
    return { field, reason: 'too_many_codes', parameters: { limit: MAXIMUM_RECOVERY_CODES } };
  }
  const codes: RecoveryCode[] = [];
  for (const text of texts) {
    if (typeof text !== 'string') return { field, reason: 'wrong_type' };
    if (isMasked(text)) return { field, reason: 'masked' };
    const code = parseRecoveryCode(text);
    if (typeof code === 'string') return { field, reason: code };
    if (codes.some((other) => other.text === code.text)) return { field, reason: 'code_given_twice' };
    codes.push(code);
  }
  return codes;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Empty where it is no text: `["SHA1"]` is not `SHA1`, and an object of a file may not even become one. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

/** A whole number from 0, as a number or as its decimal text. */
function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[0-9]{1,16}\s*$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}
