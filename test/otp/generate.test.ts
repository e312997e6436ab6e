import { describe, expect, it } from 'vitest';
import { generateRecoveryCode, generateSeed } from '../../src/otp/generate.ts';
import { parseRecoveryCode, RecoveryCode } from '../../src/otp/recovery-code.ts';

/** Bytes that count up, and how many were asked for. */
function counting() {
  const asked: number[] = [];
  const randomBytes = (size: number) => {
    asked.push(size);
    return Uint8Array.from({ length: size }, (_, index) => index);
  };
  return { asked, randomBytes };
}

describe('generateSeed', () => {
  it('takes all of the 160 bits that RFC 4226 §4 R6 recommends from the given randomness', () => {
    const { asked, randomBytes } = counting();
    const seed = generateSeed(randomBytes);
    expect(asked).toEqual([20]);
    expect(Buffer.from(seed.bytes).toString('hex')).toBe('000102030405060708090a0b0c0d0e0f10111213');
  });
});

describe('generateRecoveryCode', () => {
  it('writes 112 bits as seven groups of four lower-case hex digits', () => {
    const { asked, randomBytes } = counting();
    expect(generateRecoveryCode(randomBytes)).toBe('0001-0203-0405-0607-0809-0a0b-0c0d');
    expect(asked).toEqual([14]);
  });

  it('makes codes that are strong enough to need no further layer', () => {
    const code = parseRecoveryCode(generateRecoveryCode((size) => Buffer.alloc(size, 0xfa)));
    expect(code).toBeInstanceOf(RecoveryCode);
    expect((code as RecoveryCode).isStrong).toBe(true);
  });
});
