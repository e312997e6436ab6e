import type { Reason } from '../../import/reasons.ts';
import type { LocalText, TextParameters } from '../../language.ts';
import type { XmlElement } from '../input/xml.ts';
import { type FieldNames, type Registration, toSourceItem } from '../registration.ts';
import type { Place, SourceItem, SourceOptions } from '../source.ts';
import type { Container } from './container.ts';
import { algorithmName, child, hasTwice, textOf } from './elements.ts';
import { readInteger } from './integer.ts';
import { readPolicy } from './policy.ts';
import { readUser } from './user.ts';

const FIELDS: FieldNames = {
  secret: 'Data/Secret',
  type: 'Key/@Algorithm',
  algorithm: 'AlgorithmParameters/Suite',
  digits: 'ResponseFormat/@Length',
  period: 'Data/TimeInterval',
  counter: 'Data/Counter',
};

/** Elements that a key has once. Of two it could not be known which one is meant. */
const ONCE = new Set([
  'AlgorithmParameters',
  'Usage',
  'ResponseFormat',
  'Suite',
  'Data',
  'Secret',
  'Counter',
  'Time',
  'TimeInterval',
  'PlainValue',
  'EncryptedValue',
  'ValueMAC',
  'CipherValue',
  'Policy',
  'UserId',
]);

const CHECK_DIGITS: LocalText = { en: 'codes with a check digit', zh: '带校验位的验证码' };
const ENCODING: LocalText = { en: 'codes that are not of decimal digits', zh: '非十进制数字的验证码' };

/** The package or device that a key is in, and what holds for the whole file. */
export interface KeyContext {
  readonly place: Place;
  readonly device: XmlElement | undefined;
  readonly container: Container;
  readonly options: SourceOptions;
}

interface Refusal {
  readonly field: string;
  readonly reason: Reason;
  readonly parameters?: TextParameters;
}

type Values = Pick<Registration, 'secret' | 'periodSeconds' | 'counter'> & { readonly notes: readonly Reason[] };

/**
 * Reads a `Key` (RFC 6030 §4.3), in the form of the RFC or of its drafts, which have `KeyAlgorithm` and `Usage`. What is
 * no OTP of ours is refused before anything is decrypted.
 *
 * @throws as {@link Container.open}
 */
export async function readKey(key: XmlElement, context: KeyContext): Promise<SourceItem> {
  const { place, device, container, options } = context;
  const user = readUser(key, device);
  const serial = textOf(device, 'SerialNo') || undefined;
  const refuse = (refusal: Refusal): SourceItem => ({ kind: 'problem', problem: { place, user, serial, ...refusal } });
  if (hasTwice(key, ONCE)) return refuse({ field: '', reason: 'row_damaged' });
  const type = readType(key, options);
  if (typeof type === 'object') return refuse(type);
  const format = child(key, 'AlgorithmParameters', 'ResponseFormat') ?? child(key, 'Usage', 'ResponseFormat');
  const formatProblem = checkFormat(format);
  if (formatProblem !== undefined) return refuse(formatProblem);
  const policy = readPolicy(key, device);
  if ('unsupported' in policy) {
    return refuse({ field: 'Policy', reason: 'unsupported_token', parameters: { what: policy.unsupported } });
  }
  const values = await readValues(key, type, container, options);
  if ('reason' in values) return refuse(values);
  const notes: Reason[] = policy.hasLimits ? [...values.notes, 'usage_limits_lost'] : [...values.notes];
  const digits = format?.attributes.get('Length') ?? options.assume?.digits;
  const algorithm = textOf(key, 'AlgorithmParameters', 'Suite') ?? options.assume?.algorithm;
  const { secret, periodSeconds, counter } = values;
  return toSourceItem(
    {
      place,
      user,
      serial,
      type,
      algorithm,
      digits,
      secret,
      periodSeconds,
      counter,
      notes: notes.length > 0 ? notes : undefined,
    },
    FIELDS,
  );
}

/** By the last part of the algorithm's URI, which the drafts have after `#` and the RFC after `:`. */
function readType(key: XmlElement, { assume }: SourceOptions): 'hotp' | 'totp' | Refusal {
  const uri = key.attributes.get('Algorithm') ?? key.attributes.get('KeyAlgorithm');
  if (uri === undefined || uri.trim() === '') {
    return assume?.type ?? { field: FIELDS.type as string, reason: 'type_missing' };
  }
  const name = algorithmName(uri).replace(/^.*:/s, '');
  if (name === 'hotp' || name === 'totp') return name;
  const reason = /ocra/.test(name) ? 'ocra' : /securid/.test(name) ? 'securid' : 'not_oath';
  return { field: FIELDS.type as string, reason };
}

function checkFormat(format: XmlElement | undefined): Refusal | undefined {
  if (format === undefined) return undefined;
  // `CheckDigit` is what products write for the `CheckDigits` of RFC 6030 §4.3.4.
  const checkDigits = format.attributes.get('CheckDigits') ?? format.attributes.get('CheckDigit') ?? 'false';
  if (!/^(false|0)$/i.test(checkDigits.trim())) {
    return { field: 'ResponseFormat/@CheckDigits', reason: 'unsupported_token', parameters: { what: CHECK_DIGITS } };
  }
  const encoding = format.attributes.get('Encoding') ?? format.attributes.get('Format') ?? 'DECIMAL';
  if (encoding.trim().toUpperCase() !== 'DECIMAL') {
    return { field: 'ResponseFormat/@Encoding', reason: 'unsupported_token', parameters: { what: ENCODING } };
  }
  return undefined;
}

async function readValues(
  key: XmlElement,
  type: 'hotp' | 'totp',
  container: Container,
  { assume }: SourceOptions,
): Promise<Values | Refusal> {
  const data = child(key, 'Data');
  const secret = await readSecretValue(child(data, 'Secret'), container);
  if ('reason' in secret) return { field: FIELDS.secret, ...secret };
  const notes: Reason[] = secret.isAuthentic ? [] : ['mac_absent'];
  if (type === 'hotp') {
    // A token that was never used: products that write no counter mean the first one.
    const counter = await readInteger(child(data, 'Counter'), container);
    if (typeof counter === 'object') return { field: FIELDS.counter as string, ...counter };
    return { secret: secret.secret, counter: counter ?? 0, notes };
  }
  const time = await readInteger(child(data, 'Time'), container);
  if (typeof time === 'object') return { field: 'Data/Time', ...time };
  if (time !== undefined && !/^0+$/.test(String(time))) return { field: 'Data/Time', reason: 'clock_offset' };
  const interval = await readInteger(child(data, 'TimeInterval'), container);
  if (typeof interval === 'object') return { field: FIELDS.period as string, ...interval };
  const periodSeconds = interval ?? assume?.periodSeconds;
  if (periodSeconds === undefined) notes.push('period_unknown');
  return { secret: secret.secret, periodSeconds, notes };
}

async function readSecretValue(
  element: XmlElement | undefined,
  container: Container,
): Promise<{ secret: Registration['secret']; isAuthentic: boolean } | Omit<Refusal, 'field'>> {
  const plain = child(element, 'PlainValue');
  const encrypted = child(element, 'EncryptedValue');
  if (element === undefined || (plain === undefined && encrypted === undefined)) return { reason: 'no_secret' };
  if (plain !== undefined && encrypted !== undefined) return { reason: 'row_damaged' };
  if (plain !== undefined) {
    // Otherwise whoever changes the file could put a secret of his own in clear in the place of one that is protected.
    if (container.hasMac) return { reason: 'mac_missing' };
    return { secret: { text: plain.text.trim(), encoding: 'base64' }, isAuthentic: true };
  }
  const opened = await container.open(element);
  return 'reason' in opened ? opened : { secret: opened.bytes, isAuthentic: opened.isAuthentic };
}
