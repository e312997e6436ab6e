import { describe, expect, it } from 'vitest';
import { deriveArgon2id, derivePbkdf2, deriveScrypt } from '../../../src/sources/sealed/derive-key.ts';

const SALT = Buffer.from('own salt, long enough');

describe('deriving a key as a file asks for', () => {
  it('gives what RFC 6070 and RFC 7914 give', async () => {
    const salt = Buffer.from('salt');
    const pbkdf2 = await derivePbkdf2('password', { salt, iterations: 4096, keyBytes: 20, digest: 'sha1' });
    expect(pbkdf2.toString('hex')).toBe('4b007901b765489abead49d926f721d065a429c1');
    const scrypt = await deriveScrypt('pleaseletmein', {
      salt: Buffer.from('SodiumChloride'),
      n: 16384,
      r: 8,
      p: 1,
      keyBytes: 64,
    });
    expect(scrypt.toString('hex', 0, 16)).toBe('7023bdcb3afd7348461c06cd81fd38eb');
  });

  it.each([0, -1, 1.5, 2_000_001, Number.MAX_SAFE_INTEGER, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %d rounds of PBKDF2',
    async (iterations) => {
      const deriving = derivePbkdf2('x', { salt: SALT, iterations, keyBytes: 32, digest: 'sha256' });
      await expect(deriving).rejects.toMatchObject({ code: 'source_derivation_limit' });
    },
  );

  it.each([
    [0, 8, 1],
    [1, 8, 1],
    [3, 8, 1],
    [2 ** 19, 8, 1],
    [2 ** 16, 8, 1024],
    [2 ** 31, 1, 1],
    [2, 2 ** 25, 1],
    [2, 8, Number.NaN],
  ])('refuses scrypt with N %d, r %d and p %d', async (n, r, p) => {
    const deriving = deriveScrypt('x', { salt: SALT, n, r, p, keyBytes: 32 });
    await expect(deriving).rejects.toMatchObject({ code: 'source_derivation_limit' });
  });

  it.each([
    [0, 1024, 1],
    [11, 1024, 1],
    [1, 256 * 1024 + 1, 1],
    [1, 7, 1],
    [1, 1024, 17],
    [1, Number.POSITIVE_INFINITY, 1],
  ])('refuses Argon2id with %d passes, %d KiB and %d lanes', async (passes, memoryKiB, lanes) => {
    const deriving = deriveArgon2id('x', { salt: SALT, passes, memoryKiB, lanes, keyBytes: 32 });
    await expect(deriving).rejects.toMatchObject({ code: 'source_derivation_limit' });
  });
});
