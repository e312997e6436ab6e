import {
  DEFAULT_PARAMETERS,
  MAXIMUM_DIGITS,
  MAXIMUM_PERIOD_SECONDS,
  MINIMUM_DIGITS,
  MINIMUM_PERIOD_SECONDS,
  type OtpParameters,
  type OtpType,
  parseAlgorithm,
} from './parameters.ts';
import { parseSeed, type Seed, type SeedProblem } from './seed.ts';

/** What an `otpauth://` key URI holds. */
export interface KeyUri {
  readonly seed: Seed;
  readonly parameters: OtpParameters;
  /** The moving factor of HOTP; 0 for TOTP. */
  readonly counter: number;
  readonly issuer?: string;
  readonly account: string;
}

export type KeyUriProblem =
  | 'not_key_uri'
  | 'unsupported_type'
  | 'missing_secret'
  | `secret_${SeedProblem}`
  | 'unsupported_algorithm'
  | 'digits_out_of_range'
  | 'period_out_of_range'
  | 'bad_counter';

/** Writes the key URI that authenticator apps scan, in the form google-authenticator's wiki "Key Uri Format" describes. */
export function formatKeyUri(key: KeyUri): string {
  const account = encodeURIComponent(key.account);
  const label = key.issuer === undefined ? account : `${encodeURIComponent(key.issuer)}:${account}`;
  const query = [`secret=${key.seed.toBase32()}`];
  if (key.issuer !== undefined) query.push(`issuer=${encodeURIComponent(key.issuer)}`);
  query.push(`algorithm=${key.parameters.algorithm}`, `digits=${key.parameters.digits}`);
  if (key.parameters.type === 'totp') query.push(`period=${key.parameters.periodSeconds}`);
  else query.push(`counter=${key.counter}`);
  return `otpauth://${key.parameters.type}/${label}?${query.join('&')}`;
}

/**
 * Reads a key URI. A parameter that is absent has its documented default; one that is present and not understood is
 * refused, because a default in its place would give codes that never match.
 *
 * @returns the key, or the reason why there is none.
 */
export function parseKeyUri(text: string): KeyUri | KeyUriProblem {
  const parts = splitKeyUri(text);
  if (parts === undefined) return 'not_key_uri';
  const { type, label, query } = parts;
  if (type !== 'totp' && type !== 'hotp') return 'unsupported_type';
  if (label === undefined) return 'not_key_uri';
  const secret = query.get('secret');
  if (secret === undefined) return 'missing_secret';
  const seed = parseSeed(secret);
  if (typeof seed === 'string') return `secret_${seed}`;
  const parameters = parseParameters(type, query);
  if (typeof parameters === 'string') return parameters;
  const counter = type === 'hotp' ? wholeNumber(query.get('counter')) : 0;
  if (counter === undefined) return 'bad_counter';
  const issuer = query.get('issuer') ?? label.issuer;
  return { seed, parameters, counter, account: label.account, ...(issuer === undefined ? {} : { issuer }) };
}

/** A key URI, decoded but not yet understood. */
export interface KeyUriParts {
  /** In lower case. */
  readonly type: string;
  /** `undefined` where its percent-encoding is broken. */
  readonly label: { readonly issuer?: string; readonly account: string } | undefined;
  /** By lower-case names; the first of each. */
  readonly query: ReadonlyMap<string, string>;
}

/** @returns `undefined` where it is no key URI at all */
export function splitKeyUri(text: string): KeyUriParts | undefined {
  const parts = KEY_URI.exec(text);
  if (parts === null) return undefined;
  const type = (parts[1] as string).toLowerCase();
  return { type, label: decodeLabel(parts[2] ?? ''), query: readParameters(parts[3] ?? '') };
}

/** Not `URL`, which takes an account of dots for a path. */
const KEY_URI = /^otpauth:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(?:#.*)?$/is;

/** By lower-case names: a default in the place of `Digits=8` would give codes that never match. */
function readParameters(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
  }
  return parameters;
}

function decodeLabel(text: string): { issuer?: string; account: string } | undefined {
  let label: string;
  try {
    label = decodeURIComponent(text);
  } catch {
    return undefined;
  }
  const colon = label.indexOf(':');
  if (colon < 0) return { account: label };
  return { issuer: label.slice(0, colon), account: label.slice(colon + 1).trimStart() };
}

function parseParameters(type: OtpType, query: ReadonlyMap<string, string>): OtpParameters | KeyUriProblem {
  const algorithm = parseAlgorithm(query.get('algorithm') ?? DEFAULT_PARAMETERS.algorithm);
  if (algorithm === undefined) return 'unsupported_algorithm';
  const digits = wholeNumber(query.get('digits') ?? String(DEFAULT_PARAMETERS.digits));
  if (digits === undefined || digits < MINIMUM_DIGITS || digits > MAXIMUM_DIGITS) return 'digits_out_of_range';
  if (type === 'hotp') return { type, algorithm, digits, periodSeconds: 0 };
  const periodSeconds = wholeNumber(query.get('period') ?? String(DEFAULT_PARAMETERS.periodSeconds));
  if (periodSeconds === undefined || periodSeconds < MINIMUM_PERIOD_SECONDS || periodSeconds > MAXIMUM_PERIOD_SECONDS) {
    return 'period_out_of_range';
  }
  return { type, algorithm, digits, periodSeconds };
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]{1,15}$/.test(text)) return undefined;
  return Number(text);
}
