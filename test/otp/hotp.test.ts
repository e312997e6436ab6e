import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { HOTP, Secret } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { computeHotp } from '../../src/otp/hotp.ts';
import { ALGORITHMS } from '../../src/otp/parameters.ts';
import { Seed } from '../../src/otp/seed.ts';
import { seedBytes } from './arbitraries.ts';

interface Vectors {
  readonly seedAscii: string;
  readonly values: readonly { counter: number; truncated: number; code: string }[];
}

const vectors = JSON.parse(readFileSync(new URL('vectors/rfc4226.json', import.meta.url), 'utf8')) as Vectors;
const seed = new Seed(Buffer.from(vectors.seedAscii));

describe('HOTP, RFC 4226 appendix D', () => {
  it.each(vectors.values)('gives $code for counter $counter', ({ counter, code }) => {
    expect(computeHotp(seed, counter, 'SHA1', 6)).toBe(code);
  });

  it.each(vectors.values)('truncates to $truncated for counter $counter', ({ counter, truncated }) => {
    expect(computeHotp(seed, counter, 'SHA1', 10)).toBe(String(truncated).padStart(10, '0'));
  });
});

describe('HOTP', () => {
  it('agrees with an independent library for every seed, algorithm, length and counter up to 2^53 - 1', () => {
    fc.assert(
      fc.property(
        seedBytes,
        fc.constantFrom(...ALGORITHMS),
        fc.integer({ min: 6, max: 8 }),
        fc.oneof(fc.maxSafeNat(), fc.integer({ min: 0xffff_fff0, max: 0x1_0000_000f })),
        (bytes, algorithm, digits, counter) => {
          const secret = new Secret({ buffer: Uint8Array.from(bytes).buffer });
          expect(computeHotp(new Seed(bytes), counter, algorithm, digits)).toBe(
            HOTP.generate({ secret, algorithm, digits, counter }),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});
