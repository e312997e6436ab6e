import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExportedFactor } from '../../src/export/format.ts';
import { EXPORT_FORMATS } from '../../src/export/formats/index.ts';
import { ALGORITHMS, MAXIMUM_COUNTER, type OtpParameters } from '../../src/otp/parameters.ts';
import { Seed } from '../../src/otp/seed.ts';
import { isUserId } from '../../src/sources/authing-item.ts';
import type { Source } from '../../src/sources/source.ts';
import { PASSWORD } from './exporting.ts';
import { readBack, SOURCES } from './reading.ts';

/** User ids that some format or reader has a meaning of its own for. */
const HARD_IDS = [
  ...[' lead', 'trail ', ' ', '\u00a0', '\u3000x', '\ufeffx', 'x\ufeff', '\u2028', '\u200b', '\uffff', '\ufffe'],
  ...[
    '0012',
    '1E5',
    '1.23E+12',
    '123456789012345000',
    '=1+1',
    "'=1",
    "''=1",
    '="x"',
    "'x",
    '@a',
    '-1',
    '+86 138',
    '#x',
  ],
  ...['null', 'NULL', 'undefined', 'n/a', '#N/A', '####', '\\N', '***', 'user_id', '__proto__', 'constructor'],
  ...[
    '"',
    '""',
    'a,b',
    'a;b',
    'a"b,c',
    'a:b:c',
    ':x',
    'a/b?c#d%41',
    'a+b',
    '# x',
    '{"userId":"x"}',
    'otpauth://totp/x',
  ],
  ...['UID=jim,DC=x', '<b>&amp;', ']]>', '张三', 'e\u0301', 'é', '\u{10ffff}', 'x'.repeat(128)],
];

const parameters = fc.oneof(
  fc.record<OtpParameters>({
    type: fc.constant('totp'),
    algorithm: fc.constantFrom(...ALGORITHMS),
    digits: fc.integer({ min: 6, max: 8 }),
    periodSeconds: fc.integer({ min: 5, max: 300 }),
  }),
  fc.record<OtpParameters>({
    type: fc.constant('hotp'),
    algorithm: fc.constantFrom(...ALGORITHMS),
    digits: fc.integer({ min: 6, max: 8 }),
    periodSeconds: fc.constant(0),
  }),
);

const factor = fc
  .record({
    userId: fc.oneof(
      fc.constantFrom(...HARD_IDS),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter(isUserId),
    ),
    seed: fc.uint8Array({ minLength: 10, maxLength: 128 }).map((bytes) => new Seed(bytes)),
    parameters,
    counter: fc.integer({ min: 0, max: MAXIMUM_COUNTER }),
  })
  .map<ExportedFactor>((one) => (one.parameters.type === 'hotp' ? one : { ...one, counter: 0 }));

describe.each(EXPORT_FORMATS.map((format) => [format.name, format] as const))('%s', (name, format) => {
  const check = (factors: readonly ExportedFactor[]) => async () => {
    const writer = await format.createWriter(format.isEncrypted ? PASSWORD : '');
    const items = factors.map((one) => writer.item(one));
    const text = writer.head() + items.filter((item) => item !== undefined).join('') + writer.tail();
    const expected = factors
      .filter((_, index) => items[index] !== undefined)
      .map(({ userId, seed, parameters: { type, algorithm, digits, periodSeconds: period }, counter }) => {
        return { userId, secret: seed.toBase32(), type, algorithm, digits, period, counter };
      });
    if (expected.length > 0) expect(await readBack(SOURCES[name] as Source, text)).toEqual(expected);
    return factors.length - expected.length;
  };

  it('holds each user id exactly, or says that it cannot', async () => {
    const one = { seed: new Seed(Buffer.alloc(20, 7)), counter: 0 };
    const totp: OtpParameters = { type: 'totp', algorithm: 'SHA1', digits: 6, periodSeconds: 30 };
    const factors = HARD_IDS.filter(isUserId).map((userId) => ({ ...one, userId, parameters: totp }));
    const leftOut = await check(factors)();
    expect(leftOut).toBeLessThan(20);
    if (name === 'authing' || name === 'ndjson') expect(leftOut).toBe(0);
  });

  it('holds each factor exactly, whatever its parameters, seed and counter', async () => {
    const runs = format.isEncrypted ? 3 : 40;
    const lists = fc.array(factor, { minLength: 1, maxLength: format.isEncrypted ? 100 : 20 });
    await fc.assert(
      fc.asyncProperty(lists, async (factors) => void (await check(factors)())),
      { numRuns: runs },
    );
  });
});
