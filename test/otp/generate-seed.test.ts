import { expect, it } from 'vitest';
import { generateSeed } from '../../src/otp/generate-seed.ts';

it('generateSeed takes all of the 160 bits that RFC 4226 §4 R6 recommends from the given randomness', () => {
  const asked: number[] = [];
  const seed = generateSeed((length) => {
    asked.push(length);
    return Uint8Array.from({ length }, (_, index) => index);
  });
  expect(asked).toEqual([20]);
  expect(Buffer.from(seed.bytes).toString('hex')).toBe('000102030405060708090a0b0c0d0e0f10111213');
});
