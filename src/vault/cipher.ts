import sodium from 'sodium-native';

export const KEY_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
const NONCE_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
const TAG_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES;
export const DIGEST_BYTES = 32;

/**
 * Encrypts and authenticates with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a fresh random nonce.
 *
 * The 24-byte nonce is long enough that random ones never repeat, so no counter has to survive a restart.
 *
 * @param header bytes to write before the nonce; the caller puts them into the associated data where they matter
 * @returns header, nonce, ciphertext and tag in one buffer
 */
export function encrypt(key: Uint8Array, message: Uint8Array, associatedData: Uint8Array, header: Uint8Array): Buffer {
  const output = Buffer.allocUnsafe(header.length + NONCE_BYTES + message.length + TAG_BYTES);
  output.set(header, 0);
  const nonce = nextNonce();
  output.set(nonce, header.length);
  const ciphertext = output.subarray(header.length + NONCE_BYTES);
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext, message, associatedData, null, nonce, key);
  return output;
}

const nonces = Buffer.alloc(NONCE_BYTES * 1024);
let noncesTaken = nonces.length;

/** Nonces are not secret; drawing many at once from the operating system saves most of what sealing would cost. */
function nextNonce(): Buffer {
  if (noncesTaken === nonces.length) {
    sodium.randombytes_buf(nonces);
    noncesTaken = 0;
  }
  const nonce = nonces.subarray(noncesTaken, noncesTaken + NONCE_BYTES);
  noncesTaken += NONCE_BYTES;
  return nonce;
}

/**
 * Undoes {@link encrypt}.
 *
 * @returns the message, or `undefined` where key, associated data or a single bit is not the one it was made with
 */
export function decrypt(
  key: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array,
  headerBytes: number,
): Buffer | undefined {
  const messageBytes = sealed.length - headerBytes - NONCE_BYTES - TAG_BYTES;
  if (messageBytes < 0) return undefined;
  const message = Buffer.alloc(messageBytes);
  const nonce = sealed.subarray(headerBytes, headerBytes + NONCE_BYTES);
  const ciphertext = sealed.subarray(headerBytes + NONCE_BYTES);
  try {
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(message, null, ciphertext, associatedData, nonce, key);
    return message;
  } catch {
    return undefined;
  }
}

/** BLAKE2b with a key (RFC 7693 §2.9), 32 bytes. */
export function keyedDigest(key: Uint8Array, message: Uint8Array): Buffer {
  const digest = Buffer.allocUnsafe(DIGEST_BYTES);
  sodium.crypto_generichash(digest, message, key);
  return digest;
}

/** RFC 9106 names Argon2id; memory and passes are what OWASP's Password Storage Cheat Sheet asks for at least. */
const STRETCH_MEMORY_BYTES = 19 * 1024 * 1024;
const STRETCH_PASSES = 2;

/**
 * Argon2id (RFC 9106), {@link DIGEST_BYTES} bytes, on a thread of libuv's pool.
 *
 * @param salt at least 16 bytes, of which 16 are used
 */
export async function stretch(message: Uint8Array, salt: Uint8Array): Promise<Buffer> {
  const output = Buffer.alloc(DIGEST_BYTES);
  await sodium.crypto_pwhash_async(
    output,
    Buffer.from(message),
    Buffer.from(salt.subarray(0, sodium.crypto_pwhash_SALTBYTES)),
    STRETCH_PASSES,
    STRETCH_MEMORY_BYTES,
    sodium.crypto_pwhash_ALG_ARGON2ID13,
  );
  return output;
}

/** Copies a key into memory that is locked, guarded and left out of core dumps, and wipes the source. */
export function lockKey(bytes: Uint8Array): Buffer {
  const locked = sodium.sodium_malloc(bytes.length);
  locked.set(bytes);
  sodium.sodium_memzero(bytes);
  return locked;
}

export function randomBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  sodium.randombytes_buf(bytes);
  return bytes;
}

export function wipe(bytes: Uint8Array): void {
  sodium.sodium_memzero(bytes);
}
