import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALGORITHMS, MAXIMUM_COUNTER } from '../../src/otp/parameters.ts';
import { readAuthingItem } from '../../src/sources/authing-item.ts';
import { plantedSeed } from '../support/planted.ts';

const read = (otp: object) => readAuthingItem({ userId: 'u', otp: { secret: plantedSeed(985), ...otp } }, 0);

function problemOf(otp: object): readonly [string, string] | undefined {
  const result = read(otp);
  return result.ok ? undefined : [result.problem.field, result.problem.reason];
}

describe('a HOTP item', () => {
  it('is read with its counter and parameters, and has no period', () => {
    const counters = fc.integer({ min: 0, max: MAXIMUM_COUNTER });
    const digits = fc.integer({ min: 6, max: 8 });
    fc.assert(
      fc.property(counters, digits, fc.constantFrom(...ALGORITHMS), (counter, length, algorithm) => {
        const result = read({ type: 'hotp', counter, digits: length, algorithm, period: null });
        const parameters = { type: 'hotp', algorithm, digits: length, periodSeconds: 0 };
        expect(result).toMatchObject({ ok: true, entry: { counter, parameters } });
      }),
    );
  });

  it('has the usual algorithm and length where it names none', () => {
    const parameters = { type: 'hotp', algorithm: 'SHA1', digits: 6, periodSeconds: 0 };
    for (const otp of [
      { type: 'hotp', counter: 0 },
      { type: 'hotp', counter: 0, algorithm: null, digits: null, period: null },
    ]) {
      expect(read(otp)).toMatchObject({ ok: true, entry: { counter: 0, parameters } });
    }
  });

  it.each([
    [{ type: 'hotp' }, 'otp.counter', 'missing'],
    [{ type: 'hotp', counter: null }, 'otp.counter', 'missing'],
    [{ type: 'hotp', counter: -1 }, 'otp.counter', 'counter_out_of_range'],
    [{ type: 'hotp', counter: 1.5 }, 'otp.counter', 'counter_out_of_range'],
    [{ type: 'hotp', counter: '5' }, 'otp.counter', 'counter_out_of_range'],
    [{ type: 'hotp', counter: true }, 'otp.counter', 'counter_out_of_range'],
    [{ type: 'hotp', counter: Number.NaN }, 'otp.counter', 'counter_out_of_range'],
    [{ type: 'hotp', counter: MAXIMUM_COUNTER + 1 }, 'otp.counter', 'counter_out_of_range'],
    [{ type: 'hotp', counter: 0, period: 30 }, 'otp.period', 'not_of_this_type'],
    [{ type: 'hotp', counter: 0, digits: 9 }, 'otp.digits', 'digits_out_of_range'],
    [{ type: 'hotp', counter: 0, algorithm: 'MD5' }, 'otp.algorithm', 'unsupported_algorithm'],
    [{ type: 'HOTP', counter: 0 }, 'otp.type', 'unsupported_type'],
    [{ type: 'steam' }, 'otp.type', 'unsupported_type'],
    [{ type: 1 }, 'otp.type', 'unsupported_type'],
    [{ type: '' }, 'otp.type', 'unsupported_type'],
  ])('is refused by field and reason: %j', (otp, field, reason) => {
    expect(problemOf(otp)).toEqual([field, reason]);
  });
});

describe('a TOTP item', () => {
  it.each([{ counter: 0 }, { counter: 5, period: 30 }, { type: 'totp', counter: 1 }])(
    'with a counter is refused, because one of the two is a mistake: %j',
    (otp) => {
      expect(problemOf(otp)).toEqual(['otp.counter', 'not_of_this_type']);
    },
  );

  it('is the same whether or not it says so', () => {
    for (const otp of [{}, { type: 'totp' }, { type: null, counter: null }, { type: 'totp', period: 30 }]) {
      const parameters = { type: 'totp', algorithm: 'SHA1', digits: 6, periodSeconds: 30 };
      expect(read(otp)).toMatchObject({ ok: true, entry: { counter: 0, parameters } });
    }
  });
});
