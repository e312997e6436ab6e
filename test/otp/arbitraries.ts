import fc from 'fast-check';
import {
  ALGORITHMS,
  MAXIMUM_DIGITS,
  MAXIMUM_PERIOD_SECONDS,
  MINIMUM_DIGITS,
  MINIMUM_PERIOD_SECONDS,
  type OtpParameters,
} from '../../src/otp/parameters.ts';
import { Seed } from '../../src/otp/seed.ts';

/** Bytes of every length that a seed may have: 80 to 1024 bits. */
export const seedBytes = fc.uint8Array({ minLength: 10, maxLength: 128 });
export const seeds = seedBytes.map((bytes) => new Seed(bytes));

export const totpParameters: fc.Arbitrary<OtpParameters> = fc.record({
  type: fc.constant('totp' as const),
  algorithm: fc.constantFrom(...ALGORITHMS),
  digits: fc.integer({ min: MINIMUM_DIGITS, max: MAXIMUM_DIGITS }),
  periodSeconds: fc.integer({ min: MINIMUM_PERIOD_SECONDS, max: MAXIMUM_PERIOD_SECONDS }),
});

export const hotpParameters: fc.Arbitrary<OtpParameters> = totpParameters.map(({ algorithm, digits }) => ({
  type: 'hotp' as const,
  algorithm,
  digits,
  periodSeconds: 0,
}));
