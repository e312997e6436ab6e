import type { ImportEntry, ItemProblem, ReadResult } from '../import/entry.ts';
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
import { parseSeed } from '../otp/seed.ts';

export const MAXIMUM_RECOVERY_CODES = 100;
const MAXIMUM_USER_ID_LENGTH = 128;

const ITEM_FIELDS = new Set(['userId', 'otp']);
const OTP_FIELDS = new Set([
  'secret',
  'recoveryCode',
  'recoveryCodes',
  'type',
  'algorithm',
  'digits',
  'period',
  'counter',
]);

/** Everything of an `otp` object, before it is known whose it is. */
export type OtpValues = Pick<ImportEntry, 'seed' | 'parameters' | 'counter' | 'recoveryCodes'>;

/** What is wrong with an `otp` object; `field` is its path in the object, empty for the object itself. */
export interface OtpProblem {
  readonly field: string;
  readonly reason: Reason;
  readonly parameters?: TextParameters;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads an `ImportOtpItemDto`: `{userId, otp: {secret, recoveryCode?}}`, and beyond the document `otp.type`,
 * `algorithm`, `digits`, `period`, `counter` and `recoveryCodes`. `null` counts as absent, as two SDKs write it.
 *
 * An unknown field is refused: a misspelt `recoveryCode` would otherwise be lost without a word.
 */
export function readAuthingItem(item: unknown, index: number): ReadResult {
  const refuse = (field: string, reason: Reason, parameters?: TextParameters, userId?: string): ReadResult => {
    const problem: ItemProblem = { index, field, reason, parameters, userId };
    return { ok: false, problem };
  };
  if (!isObject(item)) return refuse('', 'not_an_object');
  const { userId } = item;
  if (userId === undefined || userId === null) return refuse('userId', 'missing');
  if (typeof userId !== 'string') return refuse('userId', 'wrong_type');
  if (!isUserId(userId)) return refuse('userId', 'bad_user_id');
  if (hasUnknownField(item, ITEM_FIELDS)) return refuse('', 'unknown_field', known(ITEM_FIELDS), userId);
  const otp = readOtpValues(item.otp);
  if ('reason' in otp) {
    return refuse(otp.field === '' ? 'otp' : `otp.${otp.field}`, otp.reason, otp.parameters, userId);
  }
  return { ok: true, entry: { index, userId, ...otp } };
}

/** Reads the `otp` object, which stands in `create-user` too. */
export function readOtpValues(otp: unknown): OtpValues | OtpProblem {
  if (otp === undefined || otp === null) return { field: '', reason: 'missing' };
  if (!isObject(otp)) return { field: '', reason: 'wrong_type' };
  if (hasUnknownField(otp, OTP_FIELDS)) return { field: '', reason: 'unknown_field', parameters: known(OTP_FIELDS) };
  const { secret } = otp;
  if (secret === undefined || secret === null) return { field: 'secret', reason: 'missing' };
  if (typeof secret !== 'string') return { field: 'secret', reason: 'wrong_type' };
  const seed = parseSeed(secret);
  if (typeof seed === 'string') return { field: 'secret', reason: seed };
  const parameters = readParameters(otp);
  if ('reason' in parameters) return parameters;
  const recoveryCodes = readRecoveryCodes(otp);
  if ('reason' in recoveryCodes) return recoveryCodes;
  return { seed, parameters, counter: (otp.counter as number | null | undefined) ?? 0, recoveryCodes };
}

/** Whether a text can be a user id: 1 to 128 characters of well-formed text without control characters. */
export function isUserId(text: string): boolean {
  return text.length > 0 && text.length <= MAXIMUM_USER_ID_LENGTH && !/\p{Cc}/u.test(text) && text.isWellFormed();
}

function readParameters(otp: Json): OtpParameters | OtpProblem {
  const { type, algorithm: name, digits, period, counter } = otp;
  if ([type, name, digits, period, counter].every(isAbsent)) return DEFAULT_PARAMETERS;
  if (!isAbsent(type) && type !== 'totp' && type !== 'hotp') return { field: 'type', reason: 'unsupported_type' };
  const isHotp = type === 'hotp';
  if (!isAbsent(name) && typeof name !== 'string') return { field: 'algorithm', reason: 'wrong_type' };
  const algorithm = isAbsent(name) ? DEFAULT_PARAMETERS.algorithm : parseAlgorithm(name as string);
  if (algorithm === undefined) return { field: 'algorithm', reason: 'unsupported_algorithm' };
  if (!isAbsent(digits) && !isWholeNumber(digits, MINIMUM_DIGITS, MAXIMUM_DIGITS)) {
    return { field: 'digits', reason: 'digits_out_of_range' };
  }
  if (!isAbsent(period) && !isWholeNumber(period, MINIMUM_PERIOD_SECONDS, MAXIMUM_PERIOD_SECONDS)) {
    return { field: 'period', reason: 'period_out_of_range' };
  }
  if (isHotp ? !isAbsent(period) : !isAbsent(counter)) {
    return { field: isHotp ? 'period' : 'counter', reason: 'not_of_this_type' };
  }
  if (isHotp && !isWholeNumber(counter, 0, MAXIMUM_COUNTER)) {
    return { field: 'counter', reason: isAbsent(counter) ? 'missing' : 'counter_out_of_range' };
  }
  return {
    type: isHotp ? 'hotp' : 'totp',
    algorithm,
    digits: (digits as number | null | undefined) ?? DEFAULT_PARAMETERS.digits,
    periodSeconds: isHotp ? 0 : ((period as number | null | undefined) ?? DEFAULT_PARAMETERS.periodSeconds),
  };
}

function readRecoveryCodes(otp: Json): readonly RecoveryCode[] | OtpProblem {
  const texts: [field: string, text: unknown][] = [];
  if (!isAbsent(otp.recoveryCode)) texts.push(['recoveryCode', otp.recoveryCode]);
  if (!isAbsent(otp.recoveryCodes)) {
    if (!Array.isArray(otp.recoveryCodes)) return { field: 'recoveryCodes', reason: 'wrong_type' };
    if (otp.recoveryCodes.length > MAXIMUM_RECOVERY_CODES) {
      return { field: 'recoveryCodes', reason: 'too_many_codes', parameters: { limit: MAXIMUM_RECOVERY_CODES } };
    }
    otp.recoveryCodes.forEach((text, index) => {
      texts.push([`recoveryCodes[${index}]`, text]);
    });
  }
  const codes: RecoveryCode[] = [];
  for (const [field, text] of texts) {
    if (typeof text !== 'string') return { field, reason: 'wrong_type' };
    const code = parseRecoveryCode(text);
    if (typeof code === 'string') return { field, reason: code };
    if (codes.some((other) => other.text === code.text)) return { field, reason: 'code_given_twice' };
    codes.push(code);
  }
  return codes;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isWholeNumber(value: unknown, minimum: number, maximum: number): value is number {
  return Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum;
}

function hasUnknownField(object: Json, fields: ReadonlySet<string>): boolean {
  for (const name in object) if (!fields.has(name)) return true;
  return false;
}

/** The known names are told and the unknown one is not: in a file with its columns mixed up it may be a secret. */
function known(fields: ReadonlySet<string>): TextParameters {
  return { known: [...fields].join(', ') };
}
