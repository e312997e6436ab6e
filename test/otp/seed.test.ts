import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase32 } from '../../src/otp/base32.ts';
import { parseRecoveryCode } from '../../src/otp/recovery-code.ts';
import { parseSeed, Seed } from '../../src/otp/seed.ts';
import { plantedCode, plantedSeed, plantedSeedBytes } from '../support/planted.ts';
import { seedBytes } from './arbitraries.ts';

/** Every way in which a value may end up in a log, an error or an answer. */
function printedForms(value: object): string[] {
  const shown = (options: object) => inspect(value, options);
  return [
    String(value),
    `${value}`,
    `${[value]}`,
    JSON.stringify(value),
    JSON.stringify({ nested: [value] }),
    shown({}),
    shown({ showHidden: true, depth: null, getters: true }),
    shown({ customInspect: false, showHidden: true }),
    inspect({ nested: [value] }, { depth: null }),
    ...['%s', '%o', '%O', '%j', '%d', '%i', '%f'].map((place) => format(place, value)),
    format('seed', value),
    JSON.stringify({ ...value }),
    String(Object.entries(value)),
    new Error('refused', { cause: value }).toString(),
    inspect(new Error('refused', { cause: value })),
  ];
}

describe('Seed', () => {
  it('never prints its value', () => {
    const bytes = plantedSeedBytes(901);
    const secrets = [plantedSeed(901), bytes.toString('hex'), bytes.toString('base64'), bytes.toString('latin1')];
    for (const printed of printedForms(new Seed(bytes))) {
      for (const secret of secrets) expect(printed.toLowerCase()).not.toContain(secret.toLowerCase());
      expect(printed).not.toMatch(/\b112, ?114|70 72 c1/);
    }
  });

  it('is emptied by wiping', () => {
    const seed = new Seed(Uint8Array.from(plantedSeedBytes(902)));
    seed.wipe();
    expect(seed.bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('is called weak below the 128 bits that RFC 4226 asks for', () => {
    expect([10, 15, 16, 20].map((length) => new Seed(new Uint8Array(length)).isWeak)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('RecoveryCode', () => {
  it('never prints its value', () => {
    const text = plantedCode(901);
    const code = parseRecoveryCode(text);
    for (const printed of printedForms(code as object)) {
      expect(printed).not.toContain(text);
      expect(printed).not.toContain(text.replaceAll('-', ''));
    }
  });
});

describe('parseSeed', () => {
  it('takes 80 to 1024 bits and gives them back in base32', () => {
    fc.assert(
      fc.property(seedBytes, (bytes) => {
        const seed = parseSeed(encodeBase32(bytes)) as Seed;
        expect(seed).toBeInstanceOf(Seed);
        expect(seed.lengthBits).toBe(bytes.length * 8);
        expect(seed.toBase32()).toBe(encodeBase32(bytes));
      }),
    );
  });

  it('refuses every other length by its name, never with the value', () => {
    const read = (length: number) => parseSeed(encodeBase32(new Uint8Array(length)));
    expect([0, 1, 9, 129, 500].map(read)).toEqual(['empty', 'too_short', 'too_short', 'too_long', 'too_long']);
    expect(parseSeed('=')).toBe('empty');
    expect(parseSeed('A'.repeat(1025))).toBe('too_long');
  });
});
