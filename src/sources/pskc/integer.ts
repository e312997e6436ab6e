import type { LocalText } from '../../language.ts';
import type { XmlElement } from '../input/xml.ts';
import type { Container, ValueProblem } from './container.ts';
import { child } from './elements.ts';

/** RFC 6030 §4.3.6 has 4 bytes for `int` and 8 for `long`; some products write as few as are needed. */
const MAXIMUM_BYTES = 8;
const AMBIGUOUS: LocalText = {
  en: 'an encrypted number that can be read in two ways',
  zh: '有两种读法的加密数字',
};

/**
 * Reads a number of `Data`: decimal text in clear; encrypted a big-endian integer, or its decimal text, as products by
 * FreeIPA's example have it.
 *
 * @returns the text or number, to be checked by the caller; `undefined` where there is none
 */
export async function readInteger(
  element: XmlElement | undefined,
  container: Container,
): Promise<string | number | ValueProblem | undefined> {
  if (element === undefined) return undefined;
  const plain = child(element, 'PlainValue');
  const encrypted = child(element, 'EncryptedValue');
  if (plain !== undefined && encrypted !== undefined) return { reason: 'row_damaged' };
  if (plain !== undefined) return plain.text.trim() === '' ? { reason: 'empty' } : plain.text.trim();
  if (encrypted === undefined) return { reason: 'empty' };
  const opened = await container.open(element);
  return 'reason' in opened ? opened : decodeInteger(opened.bytes);
}

/**
 * Digits of 4, or of 7 and more, would as an integer be a counter of over 800 million, so they are text. Of fewer both
 * readings are possible, and a wrong one would let used codes in again.
 */
export function decodeInteger(bytes: Uint8Array): string | number | ValueProblem {
  if (bytes.length === 0) return { reason: 'empty' };
  const isText = bytes.every((byte) => byte >= 0x30 && byte <= 0x39);
  if (isText && (bytes.length === 4 || bytes.length >= 7)) return Buffer.from(bytes).toString('latin1');
  if (isText) return { reason: 'unsupported_token', parameters: { what: AMBIGUOUS } };
  if (bytes.length > MAXIMUM_BYTES) return { reason: 'counter_out_of_range' };
  const number = Number(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
  return Number.isSafeInteger(number) ? number : { reason: 'counter_out_of_range' };
}
