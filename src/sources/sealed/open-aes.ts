import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { Digest } from './derive-key.ts';

const GCM_TAG_BYTES = 16;
const GCM_NONCE_BYTES = 12;

/** Opens AES-256-GCM with a 12-byte nonce; @returns `undefined` where key, nonce, ciphertext and tag do not go together. */
export function openGcm(
  key: Uint8Array,
  { nonce, ciphertext, tag }: { nonce: Uint8Array; ciphertext: Uint8Array; tag: Uint8Array },
): Buffer | undefined {
  if (tag.length !== GCM_TAG_BYTES || nonce.length !== GCM_NONCE_BYTES || key.length !== 32) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: GCM_TAG_BYTES });
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** The same where the tag follows the ciphertext. */
export function openGcmJoined(key: Uint8Array, nonce: Uint8Array, joined: Uint8Array): Buffer | undefined {
  if (joined.length < GCM_TAG_BYTES) return undefined;
  const end = joined.length - GCM_TAG_BYTES;
  return openGcm(key, { nonce, ciphertext: joined.subarray(0, end), tag: joined.subarray(end) });
}

/** Whether a MAC is that of a message; in constant time for MACs of the right length. */
export function isMacOf(key: Uint8Array, message: Uint8Array, mac: Uint8Array, digest: Digest): boolean {
  const expected = createHmac(digest, key).update(message).digest();
  return expected.length === mac.length && timingSafeEqual(expected, mac);
}
