import { FactorportError } from '../../errors/error.ts';
import type { Reason } from '../../import/reasons.ts';
import type { LocalText, TextParameters } from '../../language.ts';
import { damagedAt, type XmlElement } from '../input/xml.ts';
import { decodeBase64, decodeHex } from '../registration.ts';
import type { Digest } from '../sealed/derive-key.ts';
import { isMacOf } from '../sealed/open-aes.ts';
import { cipherBytes, type Opened, openEncrypted } from './cipher.ts';
import { deriveContainerKey, hmacDigest } from './derivation.ts';
import { child, nameOf, textOf } from './elements.ts';

/** Why a value of an item cannot be had. */
export interface ValueProblem {
  readonly reason: Reason;
  readonly parameters?: TextParameters;
}

/** A value that was encrypted; not authentic where the file has no MAC for it and the cipher none of its own. */
export interface OpenedValue {
  readonly bytes: Buffer;
  readonly isAuthentic: boolean;
}

/** What a container says for all its keys: how they are encrypted, and how that they were not changed is checked. */
export interface Container {
  /**
   * Takes the element `EncryptionKey` or `MACMethod`.
   *
   * @throws `source_damaged` where it is the second one or stands behind a key, which it would change the reading of
   */
  take(element: XmlElement, isLate: boolean): void;
  /** Whether values have to have a MAC. */
  readonly hasMac: boolean;
  /**
   * Opens `Secret`, `Counter` … with an `EncryptedValue` in it.
   *
   * @throws `source_secret_needed`; `source_secret_wrong` where not even the first value opens; `source_private_key`
   */
  open(element: XmlElement): Promise<OpenedValue | ValueProblem>;
}

const PASSWORD: LocalText = { en: 'its password', zh: '文件密码' };
const PRE_SHARED_KEY: LocalText = { en: 'its pre-shared key, in hexadecimal', zh: '十六进制预共享密钥' };
/** In `ds:KeyInfo`: a certificate, a public key or a key that is wrapped for one. */
const ASYMMETRIC = new Set(['X509Data', 'KeyValue', 'EncryptedKey', 'PGPData', 'SPKIData', 'DEREncodedKeyValue']);

type MacCheck = 'none' | { readonly key: Uint8Array; readonly digest: Digest } | ValueProblem;

/** @param secret password or pre-shared key, as the operator gave it */
export function createContainer(secret: string | undefined): Container {
  const elements = new Map<string, XmlElement>();
  let key: Promise<Buffer> | undefined;
  let mac: MacCheck | undefined;
  let isKeyProven = false;

  const containerKey = (): Promise<Buffer> => {
    key ??= readKey(elements.get('EncryptionKey'), secret);
    return key;
  };
  const wrong = (): FactorportError => secretError('source_secret_wrong', elements.get('EncryptionKey'));
  const open = (element: XmlElement, keyBytes: Uint8Array): OpenedValue | ValueProblem => {
    const opened = openEncrypted(element, keyBytes);
    if (opened.kind === 'private_key') throw new FactorportError('source_private_key');
    const isWrong = opened.kind === 'failed' || opened.kind === 'wrong_key_length';
    if (isWrong && !isKeyProven) throw wrong();
    return opened.kind === 'opened' ? opened : toProblem(opened);
  };
  const macCheck = (keyBytes: Uint8Array): MacCheck => {
    const method = elements.get('MACMethod');
    if (method === undefined) return 'none';
    const digest = hmacDigest(method.attributes.get('Algorithm'));
    if (digest === undefined) return { reason: 'mac_unsupported' };
    const macKey = child(method, 'MACKey');
    // draft-ietf-keyprov-pskc-02 §6.1.1 and products by it have no key of its own for the MAC.
    if (macKey === undefined) return { key: keyBytes, digest };
    const opened = open(macKey, keyBytes);
    return 'reason' in opened ? opened : { key: opened.bytes, digest };
  };
  return {
    take(element, isLate) {
      const name = nameOf(element) as string;
      if (isLate || elements.has(name)) throw unexpected(element);
      elements.set(name, element);
    },
    get hasMac() {
      return elements.has('MACMethod');
    },
    async open(element) {
      const keyBytes = await containerKey();
      mac ??= macCheck(keyBytes);
      const checked = checkMac(element, mac);
      if (checked === 'mac_wrong' && !isKeyProven) throw wrong();
      if (typeof checked === 'string') return { reason: checked };
      if ('reason' in checked) return checked;
      const opened = open(child(element, 'EncryptedValue') as XmlElement, keyBytes);
      if ('reason' in opened) return opened;
      isKeyProven = true;
      return { bytes: opened.bytes, isAuthentic: opened.isAuthentic || checked.isAuthentic };
    },
  };
}

function unexpected({ line }: XmlElement): FactorportError {
  return damagedAt(line, {
    en: 'EncryptionKey or MACMethod stands there a second time, or after keys',
    zh: 'EncryptionKey 或 MACMethod 重复出现，或位于密钥之后',
  });
}

function checkMac(element: XmlElement, mac: MacCheck): { readonly isAuthentic: boolean } | ValueProblem | Reason {
  const text = textOf(element, 'ValueMAC');
  if (mac === 'none') return text === undefined ? { isAuthentic: false } : 'mac_unsupported';
  if ('reason' in mac) return mac;
  if (text === undefined || text === '') return 'mac_missing';
  const value = decodeBase64(text);
  const message = cipherBytes(child(element, 'EncryptedValue') as XmlElement);
  if (typeof value === 'string' || message === undefined) return 'mac_wrong';
  return isMacOf(mac.key, message, value, mac.digest) ? { isAuthentic: true } : 'mac_wrong';
}

async function readKey(encryptionKey: XmlElement | undefined, secret: string | undefined): Promise<Buffer> {
  if (encryptionKey?.children.some((one) => ASYMMETRIC.has(nameOf(one) ?? ''))) {
    throw new FactorportError('source_private_key');
  }
  if (secret === undefined || secret === '') throw secretError('source_secret_needed', encryptionKey);
  const derivedKey = child(encryptionKey, 'DerivedKey');
  if (derivedKey !== undefined) return deriveContainerKey(derivedKey, secret);
  const bytes = decodeHex(secret);
  if (typeof bytes === 'string' || bytes.length === 0) throw secretError('source_secret_wrong', encryptionKey);
  return Buffer.from(bytes);
}

function secretError(
  code: 'source_secret_needed' | 'source_secret_wrong',
  encryptionKey: XmlElement | undefined,
): FactorportError {
  const what = child(encryptionKey, 'DerivedKey') === undefined ? PRE_SHARED_KEY : PASSWORD;
  return new FactorportError(code, { parameters: { what } });
}

function toProblem(opened: Exclude<Opened, { kind: 'opened' | 'private_key' }>): ValueProblem {
  if (opened.kind === 'unsupported') return { reason: 'unsupported_token', parameters: { what: opened.what } };
  return { reason: 'decryption_failed' };
}
