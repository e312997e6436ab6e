import { createDecipheriv } from 'node:crypto';
import type { LocalText } from '../../language.ts';
import type { XmlElement } from '../input/xml.ts';
import { algorithmName, child } from './elements.ts';

const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;
/** RFC 3394 §2.2.3.1. */
const KEY_WRAP_IV = Buffer.alloc(8, 0xa6);

interface Method {
  readonly cipher: string;
  readonly kind: 'cbc' | 'wrap' | 'gcm';
  readonly keyBytes: number;
  readonly blockBytes: number;
}

/** Fragments of the URIs of XML Encryption 1.1 §5.1. */
const METHODS: ReadonlyMap<string, Method> = new Map([
  ['aes128-cbc', { cipher: 'aes-128-cbc', kind: 'cbc', keyBytes: 16, blockBytes: 16 }],
  ['aes192-cbc', { cipher: 'aes-192-cbc', kind: 'cbc', keyBytes: 24, blockBytes: 16 }],
  ['aes256-cbc', { cipher: 'aes-256-cbc', kind: 'cbc', keyBytes: 32, blockBytes: 16 }],
  ['tripledes-cbc', { cipher: 'des-ede3-cbc', kind: 'cbc', keyBytes: 24, blockBytes: 8 }],
  ['kw-aes128', { cipher: 'id-aes128-wrap', kind: 'wrap', keyBytes: 16, blockBytes: 8 }],
  ['kw-aes192', { cipher: 'id-aes192-wrap', kind: 'wrap', keyBytes: 24, blockBytes: 8 }],
  ['kw-aes256', { cipher: 'id-aes256-wrap', kind: 'wrap', keyBytes: 32, blockBytes: 8 }],
  ['aes128-gcm', { cipher: 'aes-128-gcm', kind: 'gcm', keyBytes: 16, blockBytes: 1 }],
  ['aes192-gcm', { cipher: 'aes-192-gcm', kind: 'gcm', keyBytes: 24, blockBytes: 1 }],
  ['aes256-gcm', { cipher: 'aes-256-gcm', kind: 'gcm', keyBytes: 32, blockBytes: 1 }],
]);

export type Opened =
  | { readonly kind: 'opened'; readonly bytes: Buffer; readonly isAuthentic: boolean }
  | { readonly kind: 'failed' }
  /** The key that was given is of another length than the method needs. */
  | { readonly kind: 'wrong_key_length' }
  | { readonly kind: 'private_key' }
  | { readonly kind: 'unsupported'; readonly what: LocalText };

/** Opens an `EncryptedValue` or a `MACKey`: `EncryptionMethod` and `CipherData` of XML Encryption. */
export function openEncrypted(element: XmlElement, key: Uint8Array): Opened {
  const name = methodName(element);
  if (name.startsWith('rsa')) return { kind: 'private_key' };
  const method = METHODS.get(name);
  if (method === undefined) return { kind: 'unsupported', what: describeMethod(name) };
  if (key.length !== method.keyBytes) return { kind: 'wrong_key_length' };
  const bytes = cipherBytes(element);
  if (bytes === undefined) return { kind: 'failed' };
  try {
    const opened = open(method, key, bytes);
    return opened === undefined
      ? { kind: 'failed' }
      : { kind: 'opened', bytes: opened, isAuthentic: method.kind !== 'cbc' };
  } catch {
    return { kind: 'failed' };
  }
}

/** What the MAC of a value is over: the bytes of `CipherValue`, with the IV before them (RFC 6030 §6.1.1). */
export function cipherBytes(element: XmlElement): Buffer | undefined {
  const text = child(element, 'CipherData', 'CipherValue')?.text.replace(/\s/g, '');
  if (text === undefined || text === '' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

/** draft-ietf-keyprov-pskc-02 has PBES2 with the cipher inside. */
function methodName(element: XmlElement): string {
  const method = child(element, 'EncryptionMethod');
  const name = algorithmName(method?.attributes.get('Algorithm'));
  return name === 'pbes2' ? algorithmName(child(method, 'EncryptionScheme')?.attributes.get('Algorithm')) : name;
}

function open({ cipher, kind, blockBytes }: Method, key: Uint8Array, bytes: Buffer): Buffer | undefined {
  if (kind === 'wrap') {
    const decipher = createDecipheriv(cipher, key, KEY_WRAP_IV);
    return Buffer.concat([decipher.update(bytes), decipher.final()]);
  }
  if (kind === 'gcm') return openGcm(cipher as 'aes-128-gcm', key, bytes);
  const ciphertext = bytes.subarray(blockBytes);
  if (ciphertext.length === 0 || ciphertext.length % blockBytes !== 0) return undefined;
  const decipher = createDecipheriv(cipher, key, bytes.subarray(0, blockBytes)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  return withoutPadding(padded, blockBytes);
}

function openGcm(cipher: 'aes-128-gcm', key: Uint8Array, bytes: Buffer): Buffer | undefined {
  if (bytes.length < GCM_NONCE_BYTES + GCM_TAG_BYTES) return undefined;
  const decipher = createDecipheriv(cipher, key, bytes.subarray(0, GCM_NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(-GCM_TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(GCM_NONCE_BYTES, -GCM_TAG_BYTES)), decipher.final()]);
}

/** XML Encryption §5.2.1: the last byte is the length, and the bytes before it may be any. */
function withoutPadding(padded: Buffer, blockBytes: number): Buffer | undefined {
  const length = padded.at(-1) as number;
  return length >= 1 && length <= blockBytes ? padded.subarray(0, padded.length - length) : undefined;
}

function describeMethod(name: string): LocalText {
  if (name.includes('camellia')) return { en: 'Camellia encryption', zh: 'Camellia 加密' };
  return { en: 'a method of encryption that is not known', zh: '未知的加密方式' };
}
