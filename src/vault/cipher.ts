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

/** BLAKE2b with a key over what comes piece by piece, 32 bytes. */
export function keyedStreamDigest(key: Uint8Array): { add(piece: Uint8Array): void; end(): Buffer } {
  const state = Buffer.alloc(sodium.crypto_generichash_STATEBYTES);
  sodium.crypto_generichash_init(state, key, DIGEST_BYTES);
  return {
    add: (piece) => sodium.crypto_generichash_update(state, piece),
    end() {
      const digest = Buffer.alloc(DIGEST_BYTES);
      sodium.crypto_generichash_final(state, digest);
      return digest;
    },
  };
}

/** What a stream begins with. */
export const STREAM_HEADER_BYTES = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES;
/** By how much a piece is longer when it is encrypted. */
export const STREAM_PIECE_OVERHEAD_BYTES = sodium.crypto_secretstream_xchacha20poly1305_ABYTES;

/**
 * Encrypts a stream piece by piece with libsodium's secretstream (XChaCha20-Poly1305): no piece can be changed, left out,
 * put elsewhere or repeated, and the last one says that it is.
 */
export function encryptStream(key: Uint8Array): {
  readonly header: Buffer;
  piece(message: Uint8Array, isLast: boolean): Buffer;
} {
  const state = Buffer.alloc(sodium.crypto_secretstream_xchacha20poly1305_STATEBYTES);
  const header = Buffer.alloc(STREAM_HEADER_BYTES);
  sodium.crypto_secretstream_xchacha20poly1305_init_push(state, header, key);
  return {
    header,
    piece(message, isLast) {
      const output = Buffer.allocUnsafe(message.length + STREAM_PIECE_OVERHEAD_BYTES);
      const tag = isLast
        ? sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
        : sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
      sodium.crypto_secretstream_xchacha20poly1305_push(state, output, message, null, tag);
      return output;
    },
  };
}

/** Undoes {@link encryptStream}; a piece is `undefined` where it is not the one that must come next. */
export function decryptStream(key: Uint8Array, header: Uint8Array) {
  const state = Buffer.alloc(sodium.crypto_secretstream_xchacha20poly1305_STATEBYTES);
  sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key);
  const tag = Buffer.alloc(1);
  return (piece: Uint8Array): { readonly message: Buffer; readonly isLast: boolean } | undefined => {
    if (piece.length < STREAM_PIECE_OVERHEAD_BYTES) return undefined;
    const message = Buffer.allocUnsafe(piece.length - STREAM_PIECE_OVERHEAD_BYTES);
    try {
      sodium.crypto_secretstream_xchacha20poly1305_pull(state, message, tag, piece, null);
    } catch {
      return undefined;
    }
    return { message, isLast: tag[0] === sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL };
  };
}
