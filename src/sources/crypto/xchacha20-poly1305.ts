import { createDecipheriv } from 'node:crypto';

export const XCHACHA_NONCE_BYTES = 24;
export const XCHACHA_KEY_BYTES = 32;
const TAG_BYTES = 16;

/**
 * Opens what XChaCha20-Poly1305 sealed (draft-irtf-cfrg-xchacha-03 §2.3), without associated data.
 *
 * @param key {@link XCHACHA_KEY_BYTES}
 * @param sealed the ciphertext with its tag at the end
 * @returns `undefined` where the tag is wrong: another key, or a change
 */
export function openXChaCha(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const subkey = hChaCha20(key, nonce.subarray(0, 16));
  const innerNonce = Buffer.concat([Buffer.alloc(4), nonce.subarray(16, XCHACHA_NONCE_BYTES)]);
  const decipher = createDecipheriv('chacha20-poly1305', subkey, innerNonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const opened = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([opened, decipher.final()]);
  } catch {
    return undefined;
  }
}

/**
 * The key derivation of the draft, §2.2: the rounds of ChaCha20 (RFC 8439 §2.3) without the final addition, of which the
 * first and the last row are the result.
 *
 * @param input 16 bytes
 */
export function hChaCha20(key: Uint8Array, input: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.from('expand 32-byte k'), key, input]);
  const state = Uint32Array.from({ length: 16 }, (_, index) => bytes.readUInt32LE(index * 4));
  for (let round = 0; round < 10; round++) {
    for (const [a, b, c, d] of QUARTERS) quarterRound(state, a, b, c, d);
  }
  const output = Buffer.alloc(XCHACHA_KEY_BYTES);
  [0, 1, 2, 3, 12, 13, 14, 15].forEach((word, index) => {
    output.writeUInt32LE(state[word] as number, index * 4);
  });
  return output;
}

/** Four columns, then four diagonals (RFC 8439 §2.3). */
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

/** RFC 8439 §2.1. */
function quarterRound(state: Uint32Array, a: number, b: number, c: number, d: number): void {
  const mix = (target: number, added: number, rotated: number, bits: number): void => {
    state[target] = (state[target] as number) + (state[added] as number);
    const word = (state[rotated] as number) ^ (state[target] as number);
    state[rotated] = (word << bits) | (word >>> (32 - bits));
  };
  mix(a, b, d, 16);
  mix(c, d, b, 12);
  mix(a, b, d, 8);
  mix(c, d, b, 7);
}
