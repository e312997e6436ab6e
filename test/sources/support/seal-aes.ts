import { createCipheriv } from 'node:crypto';

/** AES-256-GCM as personal apps have it. */
export function sealGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  text: string | Uint8Array,
): { ciphertext: Buffer; tag: Buffer } {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const ciphertext = Buffer.concat([cipher.update(text), cipher.final()]);
  return { ciphertext, tag: cipher.getAuthTag() };
}
