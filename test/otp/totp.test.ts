import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { normaliseCode } from '../../src/otp/code.ts';
import type { Algorithm, OtpParameters } from '../../src/otp/parameters.ts';
import { Seed } from '../../src/otp/seed.ts';
import { computeTotp, findMatchingStep, timeStepAt } from '../../src/otp/totp.ts';
import { seedBytes, seeds, totpParameters } from './arbitraries.ts';

interface Vectors {
  readonly digits: number;
  readonly periodSeconds: number;
  readonly seedsAscii: Readonly<Record<Algorithm, string>>;
  readonly values: readonly { seconds: number; stepHex: string; algorithm: Algorithm; code: string }[];
}

const vectors = JSON.parse(readFileSync(new URL('vectors/rfc6238.json', import.meta.url), 'utf8')) as Vectors;

describe('TOTP, RFC 6238 appendix B', () => {
  it.each(vectors.values)('gives $code with $algorithm at $seconds s', ({ seconds, stepHex, algorithm, code }) => {
    const { digits, periodSeconds, seedsAscii } = vectors;
    const step = timeStepAt(seconds * 1000, periodSeconds);
    expect(step).toBe(Number.parseInt(stepHex, 16));
    const seed = new Seed(Buffer.from(seedsAscii[algorithm]));
    expect(computeTotp(seed, step, { type: 'totp', algorithm, digits, periodSeconds })).toBe(code);
  });
});

describe('TOTP', () => {
  it('agrees with an independent library for every seed, algorithm, length, period and time', () => {
    const times = fc.integer({ min: 0, max: 8_640_000_000_000 });
    fc.assert(
      fc.property(seedBytes, totpParameters, times, (bytes, parameters, timestamp) => {
        const { algorithm, digits, periodSeconds: period } = parameters;
        const secret = new Secret({ buffer: Uint8Array.from(bytes).buffer });
        expect(computeTotp(new Seed(bytes), timeStepAt(timestamp, period), parameters)).toBe(
          TOTP.generate({ secret, algorithm, digits, period, timestamp }),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('changes step exactly at the end of a period', () => {
    expect([0, 29_999, 30_000, 59_999, 60_000].map((time) => timeStepAt(time, 30))).toEqual([0, 0, 1, 1, 2]);
  });
});

describe('findMatchingStep', () => {
  const parameters: OtpParameters = { type: 'totp', algorithm: 'SHA256', digits: 8, periodSeconds: 30 };

  it('finds the step of a code within the window and none outside', () => {
    const steps = fc.integer({ min: 10, max: 1e9 });
    fc.assert(
      fc.property(seeds, steps, fc.integer({ min: 0, max: 2 }), fc.integer({ min: -4, max: 4 }), (...drawn) => {
        const [seed, centre, window, offset] = drawn;
        const code = computeTotp(seed, centre + offset, parameters);
        const codesOfWindow = Array.from({ length: 2 * window + 1 }, (_, index) =>
          computeTotp(seed, centre - window + index, parameters),
        );
        fc.pre(codesOfWindow.filter((other) => other === code).length <= 1);
        const expected = codesOfWindow.includes(code) ? centre - window + codesOfWindow.indexOf(code) : undefined;
        expect(findMatchingStep(seed, code, parameters, [centre], window)).toBe(expected);
        if (Math.abs(offset) <= window) expect(expected).toBe(centre + offset);
      }),
    );
  });

  it('never looks at a step before the epoch', () => {
    const seed = new Seed(Buffer.alloc(20, 1));
    expect(findMatchingStep(seed, computeTotp(seed, 0, parameters), parameters, [0], 2)).toBe(0);
  });

  it('refuses a code of another length without an exception', () => {
    const seed = new Seed(Buffer.alloc(20, 1));
    for (const code of ['', '1', '1234567', '123456789']) {
      expect(findMatchingStep(seed, code, parameters, [100], 1)).toBeUndefined();
    }
  });
});

describe('normaliseCode', () => {
  it('removes the grouping that apps show and nothing else', () => {
    expect(normaliseCode('123 456', 6)).toBe('123456');
    expect(normaliseCode(' 1234-5678 ', 8)).toBe('12345678');
    expect(normaliseCode('000000', 6)).toBe('000000');
  });

  it('refuses every text that is not exactly as many ASCII digits', () => {
    const refused = [
      '',
      '12345',
      '1234567',
      '12345a',
      '１２３４５６',
      '٠١٢٣٤٥',
      '-12345x',
      '+12345',
      '12.345',
      '1e5000',
    ];
    for (const text of refused) expect(normaliseCode(text, 6), text).toBeUndefined();
  });
});
