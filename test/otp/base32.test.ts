import fc from 'fast-check';
import { Secret } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { decodeBase32, encodeBase32 } from '../../src/otp/base32.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const bytes = fc.uint8Array({ maxLength: 128 });
const letters = (constraints: fc.StringConstraints) =>
  fc.string({ ...constraints, unit: fc.constantFrom(...ALPHABET, ...ALPHABET.toLowerCase()) });

/** Puts separators between the characters of a text, the way people group secrets. */
const withSeparators = (text: string) =>
  fc
    .array(fc.constantFrom('', '', '', ' ', '-', '  ', '\t', '\r\n'), {
      minLength: text.length + 1,
      maxLength: text.length + 1,
    })
    .map((separators) => separators.map((separator, index) => separator + (text[index] ?? '')).join(''));

describe('base32, RFC 4648 section 10', () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('maps %j to %j and back', (plain, text) => {
    expect(encodeBase32(Buffer.from(plain))).toBe(text);
    expect(Buffer.from(decodeBase32(text) as Uint8Array).toString()).toBe(plain);
  });
});

describe('base32', () => {
  it('gives back every sequence of bytes that it encoded', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(decodeBase32(encodeBase32(value))).toEqual(Uint8Array.from(value));
      }),
    );
  });

  it('reads the same whatever the case, spaces, hyphens and padding', () => {
    const written = bytes.chain((value) => {
      const text = encodeBase32(value);
      const padded = text.padEnd(Math.ceil(text.length / 8) * 8, '=');
      const cased = fc.constantFrom(text, padded, text.toLowerCase(), padded.toLowerCase());
      return fc.tuple(fc.constant(value), cased.chain(withSeparators));
    });
    fc.assert(
      fc.property(written, ([value, text]) => {
        expect(decodeBase32(text)).toEqual(Uint8Array.from(value));
      }),
    );
  });

  it('agrees with an independent library on every possible text', () => {
    fc.assert(
      fc.property(letters({ maxLength: 200 }), (text) => {
        fc.pre(![1, 3, 6].includes(text.length % 8));
        expect(decodeBase32(text)).toEqual(Secret.fromBase32(text).bytes);
      }),
    );
  });

  it('encodes like an independent library', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(encodeBase32(value)).toBe(new Secret({ buffer: Uint8Array.from(value).buffer }).base32);
      }),
    );
  });

  it('refuses every length that no encoder produces, because characters are missing', () => {
    fc.assert(
      fc.property(letters({ minLength: 1, maxLength: 100 }), (text) => {
        fc.pre([1, 3, 6].includes(text.length % 8));
        expect(decodeBase32(text)).toBe('truncated');
      }),
    );
  });

  it('refuses a character outside the alphabet wherever it stands', () => {
    const foreign = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 1 })
      .filter((text) => !/^[A-Za-z2-7=\s-]/.test(text));
    fc.assert(
      fc.property(letters({ maxLength: 40 }), letters({ maxLength: 40 }), foreign, (before, after, character) => {
        expect(decodeBase32(before + character + after)).toBe('not_base32');
      }),
    );
  });

  it('refuses the digits and letters that are easily mistaken, and padding in the middle', () => {
    for (const text of ['MZXW0YTB', 'MZXW1YTB', 'MZXW8YTB', 'MZXW9YTB', 'MY======MY======', 'ＭＺＸＷ']) {
      expect(decodeBase32(text), text).toBe('not_base32');
    }
  });
});
