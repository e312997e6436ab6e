/** The functions of libsodium that the vault uses; the package brings no types of its own. */
declare module 'sodium-native' {
  interface Sodium {
    readonly crypto_aead_xchacha20poly1305_ietf_KEYBYTES: 32;
    readonly crypto_aead_xchacha20poly1305_ietf_NPUBBYTES: 24;
    readonly crypto_aead_xchacha20poly1305_ietf_ABYTES: 16;
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      ciphertext: Uint8Array,
      message: Uint8Array,
      associatedData: Uint8Array,
      secretNonce: null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    crypto_aead_xchacha20poly1305_ietf_decrypt(
      message: Uint8Array,
      secretNonce: null,
      ciphertext: Uint8Array,
      associatedData: Uint8Array,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    crypto_generichash(output: Uint8Array, input: Uint8Array, key: Uint8Array): void;
    readonly crypto_pwhash_SALTBYTES: 16;
    readonly crypto_pwhash_ALG_ARGON2ID13: 2;
    crypto_pwhash_async(
      output: Uint8Array,
      password: Uint8Array,
      salt: Uint8Array,
      passes: number,
      memoryBytes: number,
      algorithm: number,
    ): Promise<void>;
    readonly crypto_secretstream_xchacha20poly1305_KEYBYTES: 32;
    readonly crypto_secretstream_xchacha20poly1305_STATEBYTES: number;
    readonly crypto_secretstream_xchacha20poly1305_HEADERBYTES: 24;
    readonly crypto_secretstream_xchacha20poly1305_ABYTES: 17;
    readonly crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: number;
    readonly crypto_secretstream_xchacha20poly1305_TAG_FINAL: number;
    crypto_secretstream_xchacha20poly1305_init_push(state: Uint8Array, header: Uint8Array, key: Uint8Array): void;
    crypto_secretstream_xchacha20poly1305_init_pull(state: Uint8Array, header: Uint8Array, key: Uint8Array): void;
    crypto_secretstream_xchacha20poly1305_push(
      state: Uint8Array,
      ciphertext: Uint8Array,
      message: Uint8Array,
      associatedData: null,
      tag: number,
    ): number;
    /** Puts the tag into the fourth argument. Throws where a bit is not the one it was made with. */
    crypto_secretstream_xchacha20poly1305_pull(
      state: Uint8Array,
      message: Uint8Array,
      tag: Uint8Array,
      ciphertext: Uint8Array,
      associatedData: null,
    ): number;
    readonly crypto_generichash_STATEBYTES: number;
    crypto_generichash_init(state: Uint8Array, key: Uint8Array, outputBytes: number): void;
    crypto_generichash_update(state: Uint8Array, input: Uint8Array): void;
    crypto_generichash_final(state: Uint8Array, output: Uint8Array): void;
    randombytes_buf(buffer: Uint8Array): void;
    sodium_malloc(size: number): Buffer;
    sodium_memzero(buffer: Uint8Array): void;
  }
  const sodium: Sodium;
  export default sodium;
}
