import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALGORITHMS, DEFAULT_PARAMETERS, parseAlgorithm } from '../../src/otp/parameters.ts';

describe('parseAlgorithm', () => {
  it('reads the names that products write', () => {
    const names = ['SHA1', 'sha1', 'SHA-1', 'sha_1', 'HmacSHA1', 'HMAC-SHA-1', 'hmac_sha1'];
    expect(names.map(parseAlgorithm)).toEqual(names.map(() => 'SHA1'));
    expect(['SHA-256', 'HmacSHA512'].map(parseAlgorithm)).toEqual(['SHA256', 'SHA512']);
  });

  it('never gives a default for a name it does not know', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const compact = text.toUpperCase().replace(/[-_]/g, '').replace(/^HMAC/, '');
        fc.pre(!(ALGORITHMS as readonly string[]).includes(compact));
        expect(parseAlgorithm(text)).toBeUndefined();
      }),
    );
    for (const name of ['', 'MD5', 'SHA224', 'SHA384', 'SHA3-256', 'SHA', 'SHA2', 'SHA12', 'constructor']) {
      expect(parseAlgorithm(name), name).toBeUndefined();
    }
  });
});

describe('DEFAULT_PARAMETERS', () => {
  it('are what the v3 API means by a secret alone, and cannot be changed', () => {
    expect(DEFAULT_PARAMETERS).toEqual({ type: 'totp', algorithm: 'SHA1', digits: 6, periodSeconds: 30 });
    expect(Object.isFrozen(DEFAULT_PARAMETERS)).toBe(true);
  });
});
