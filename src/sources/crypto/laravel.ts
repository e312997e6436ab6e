import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { embeddedJson, isJsonObject } from '../json-object.ts';
import type { Open } from '../opener.ts';
import { decodeBase64 } from '../registration.ts';

const KEY_BYTES: readonly number[] = [16, 32];
const CBC_IV_BYTES = 16;
const GCM_IV_BYTES = 12;
const GCM_TAG_BYTES = 16;

/** What `Crypt::encrypt` writes: base64 of this, as JSON. */
interface Payload {
  /** As it stands there: the MAC is over the texts. */
  readonly iv: string;
  readonly value: string;
  /** In hex; empty with GCM, which has a tag. */
  readonly mac: string;
  readonly tag: string;
}

/**
 * Opens what `Illuminate\Encryption\Encrypter` encrypted, with AES-CBC and HMAC-SHA256 or with AES-GCM, and takes the text
 * out of its PHP serialization.
 *
 * @param secret an APP_KEY, `base64:…` or the key's characters; several separated by commas, as in APP_PREVIOUS_KEYS
 * @returns `undefined` where none of them has the length of a key
 */
export function createLaravelOpen(secret: string): Open | undefined {
  const keys = keysOf(secret.trim());
  if (keys.length === 0) return undefined;
  return (text) => {
    const payload = readPayload(text);
    if (payload === undefined) return 'row_damaged';
    for (const key of keys) {
      const opened = payload.tag === '' ? openCbc(key, payload) : openGcm(key, payload);
      if (opened === undefined) continue;
      const value = unserialize(opened);
      return value === undefined ? 'row_damaged' : { opened: value };
    }
    return undefined;
  };
}

function keysOf(secret: string): Uint8Array[] {
  const texts = secret.includes('base64:') ? secret.split(/[\s,]+/) : [secret];
  return texts.flatMap((text) => {
    const key = text.startsWith('base64:') ? decodeBase64(text.slice('base64:'.length)) : Buffer.from(text);
    return typeof key !== 'string' && KEY_BYTES.includes(key.length) ? [key] : [];
  });
}

function readPayload(text: string): Payload | undefined {
  const bytes = decodeBase64(text);
  if (typeof bytes === 'string') return undefined;
  const payload = embeddedJson(Buffer.from(bytes).toString());
  if (!isJsonObject(payload)) return undefined;
  const { iv, value, mac = '', tag = '' } = payload;
  if (typeof iv !== 'string' || typeof value !== 'string' || typeof mac !== 'string') return undefined;
  return { iv, value, mac, tag: typeof tag === 'string' ? tag : '' };
}

function openCbc(key: Uint8Array, { iv, value, mac }: Payload): Buffer | undefined {
  const expected = createHmac('sha256', key)
    .update(iv + value)
    .digest();
  const given = Buffer.from(mac, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const ivBytes = Buffer.from(iv, 'base64');
  if (ivBytes.length !== CBC_IV_BYTES) return undefined;
  try {
    const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, ivBytes);
    return Buffer.concat([decipher.update(value, 'base64'), decipher.final()]);
  } catch {
    return undefined;
  }
}

function openGcm(key: Uint8Array, { iv, value, tag }: Payload): Buffer | undefined {
  const ivBytes = Buffer.from(iv, 'base64');
  const tagBytes = Buffer.from(tag, 'base64');
  if (ivBytes.length !== GCM_IV_BYTES || tagBytes.length !== GCM_TAG_BYTES) return undefined;
  const cipher = key.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm';
  try {
    const decipher = createDecipheriv(cipher, key, ivBytes).setAuthTag(tagBytes);
    return Buffer.concat([decipher.update(value, 'base64'), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** `s:16:"…";` as `encrypt` has it, or the text itself, as `encryptString` has it. */
function unserialize(bytes: Buffer): string | undefined {
  const text = bytes.toString();
  const serialized = /^s:(\d{1,9}):"(.*)";$/s.exec(text);
  if (serialized === null) return /^[a-zA-Z]:/.test(text) ? undefined : text;
  const value = serialized[2] as string;
  return Buffer.byteLength(value) === Number(serialized[1]) ? value : undefined;
}
