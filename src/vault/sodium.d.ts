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
    randombytes_buf(buffer: Uint8Array): void;
    sodium_malloc(size: number): Buffer;
    sodium_memzero(buffer: Uint8Array): void;
  }
  const sodium: Sodium;
  export default sodium;
}
