import { createHash } from 'node:crypto';
import sodium from 'sodium-native';
import { describe, expect, it } from 'vitest';
import { hChaCha20, openXChaCha } from '../../../src/sources/crypto/xchacha20-poly1305.ts';

describe('XChaCha20-Poly1305', () => {
  it('derives the key of the test vector in draft-irtf-cfrg-xchacha-03 §2.2.1', () => {
    const key = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
    const input = Buffer.from('000000090000004a0000000031415927', 'hex');
    expect(hChaCha20(key, input).toString('hex')).toBe(
      '82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc',
    );
  });

  it('opens what libsodium sealed, and nothing that was changed', () => {
    for (let length = 0; length < 200; length += 13) {
      const key = createHash('sha256').update(`key ${length}`).digest();
      const nonce = createHash('sha512').update(`nonce ${length}`).digest().subarray(0, 24);
      const message = Buffer.alloc(length, 'message ');
      const sealed = Buffer.alloc(length + sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES);
      sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, message, Buffer.alloc(0), null, nonce, key);
      expect(openXChaCha(key, nonce, sealed)?.equals(message)).toBe(true);
      for (const changed of [key, nonce, sealed]) {
        changed[length % changed.length] = (changed[length % changed.length] as number) ^ 1;
        expect(openXChaCha(key, nonce, sealed)).toBeUndefined();
        changed[length % changed.length] = (changed[length % changed.length] as number) ^ 1;
      }
      expect(openXChaCha(key, nonce, sealed.subarray(0, 15))).toBeUndefined();
    }
  });
});
