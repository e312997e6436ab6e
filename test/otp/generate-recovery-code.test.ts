import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateRecoveryCode, parseRecoveryCode, RecoveryCode } from '../../src/otp/recovery-code.ts';
import { plantedCode } from '../support/planted.ts';

const isStrong = (text: string) => (parseRecoveryCode(text) as RecoveryCode).isStrong;

describe('a recovery code made here', () => {
  it('is seven groups of four lower-case hex digits', () => {
    for (let count = 0; count < 100; count++) {
      expect(generateRecoveryCode(randomBytes)).toMatch(/^[0-9a-f]{4}(-[0-9a-f]{4}){6}$/);
    }
  });

  it('holds each of the 112 bits drawn, and draws no more', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 14, maxLength: 14 }), (bytes) => {
        const asked: number[] = [];
        const code = generateRecoveryCode((length) => {
          asked.push(length);
          return bytes;
        });
        expect(asked).toEqual([14]);
        expect(Buffer.from(code.replaceAll('-', ''), 'hex')).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('is read back, and is strong whatever was drawn', () => {
    for (const byte of [0x00, 0x11, 0x99, 0xff]) {
      const parsed = parseRecoveryCode(generateRecoveryCode((length) => new Uint8Array(length).fill(byte)));
      expect(parsed).toBeInstanceOf(RecoveryCode);
    }
    // One that happens to have digits alone looks like a weaker alphabet; then it is stretched, which does no harm.
    expect(isStrong(generateRecoveryCode((length) => new Uint8Array(length).fill(0xab)))).toBe(true);
    expect(isStrong(generateRecoveryCode((length) => new Uint8Array(length).fill(0x11)))).toBe(false);
  });
});

describe('a strong recovery code', () => {
  it.each([
    ['9'.repeat(33), false],
    ['9'.repeat(34), true],
    ['a'.repeat(27), false],
    ['a'.repeat(28), true],
    ['z'.repeat(22), false],
    ['z'.repeat(23), true],
  ])('has 112 bits of the smallest usual alphabet that it can be of: %s', (text, strong) => {
    expect(isStrong(text)).toBe(strong);
  });

  it('is none of 24 hex digits, which Authing makes, nor a numeric backup code', () => {
    for (const text of [plantedCode(930), '123456', '12345678', '1234-5678-9012']) expect(isStrong(text)).toBe(false);
  });

  it('is not made by hyphens, spaces or case', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 6, maxLength: 40 }), (text) => {
        expect(isStrong([...text.toUpperCase()].join('- '))).toBe(isStrong(text));
      }),
    );
  });
});
