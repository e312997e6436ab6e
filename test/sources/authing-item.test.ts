import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImportEntry } from '../../src/import/entry.ts';
import { encodeBase32 } from '../../src/otp/base32.ts';
import { DEFAULT_PARAMETERS } from '../../src/otp/parameters.ts';
import { isUserId, readAuthingItem, readOtpValues } from '../../src/sources/authing-item.ts';
import { seedBytes, totpParameters } from '../otp/arbitraries.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';

const SECRET = plantedSeed(980);
const item = (otp: unknown, userId: unknown = 'u-1') => ({ userId, otp });

function entryOf(value: unknown): ImportEntry {
  const result = readAuthingItem(value, 3);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problem)}`);
  return result.entry;
}

function problemOf(value: unknown): [field: string, reason: string] {
  const result = readAuthingItem(value, 3);
  if (result.ok) throw new Error('accepted');
  expect(result.problem.index).toBe(3);
  return [result.problem.field, result.problem.reason];
}

describe('an item of import-otp', () => {
  it('reads what the document names, with the documented defaults', () => {
    const entry = entryOf(item({ secret: SECRET, recoveryCode: plantedCode(980) }));
    expect(entry).toMatchObject({ index: 3, userId: 'u-1', parameters: DEFAULT_PARAMETERS });
    expect(entry.seed.toBase32()).toBe(SECRET);
    expect(entry.recoveryCodes.map(({ text }) => text)).toEqual([plantedCode(980).replaceAll('-', '')]);
  });

  it('takes null for absent, as the Python and PHP SDKs write it', () => {
    const absent = { recoveryCode: null, recoveryCodes: null, algorithm: null, digits: null, period: null };
    expect(entryOf(item({ secret: SECRET, ...absent }))).toMatchObject({
      parameters: DEFAULT_PARAMETERS,
      recoveryCodes: [],
    });
  });

  it('reads every seed and all parameters beyond the document', () => {
    fc.assert(
      fc.property(seedBytes, totpParameters, (bytes, parameters) => {
        const { algorithm, digits, periodSeconds: period } = parameters;
        const entry = entryOf(item({ secret: encodeBase32(bytes), algorithm, digits, period }));
        expect(entry.parameters).toEqual(parameters);
        expect(Buffer.compare(entry.seed.bytes, bytes)).toBe(0);
      }),
    );
  });

  it('reads recovery codes from both members together', () => {
    const codes = [1, 2, 3].map(plantedCode);
    const entry = entryOf(item({ secret: SECRET, recoveryCode: codes[0], recoveryCodes: codes.slice(1) }));
    expect(entry.recoveryCodes).toHaveLength(3);
  });

  it.each([
    [null, '', 'not_an_object'],
    [[], '', 'not_an_object'],
    ['text', '', 'not_an_object'],
    [{ otp: {} }, 'userId', 'missing'],
    [item({}, 5), 'userId', 'wrong_type'],
    [item({}, ''), 'userId', 'bad_user_id'],
    [item({}, 'a\u0000'), 'userId', 'bad_user_id'],
    [item({}, '\ud800'), 'userId', 'bad_user_id'],
    [item({}, 'x'.repeat(129)), 'userId', 'bad_user_id'],
    [{ userId: 'u', otp: { secret: SECRET }, extra: 1 }, '', 'unknown_field'],
    [{ userId: 'u' }, 'otp', 'missing'],
    [item('text'), 'otp', 'wrong_type'],
    [item([]), 'otp', 'wrong_type'],
    [item({}), 'otp.secret', 'missing'],
    [item({ secret: 5 }), 'otp.secret', 'wrong_type'],
    [item({ secret: '' }), 'otp.secret', 'empty'],
    [item({ secret: 'jbsw y3dp==' }), 'otp.secret', 'too_short'],
    [item({ secret: `${SECRET}0` }), 'otp.secret', 'not_base32'],
    [item({ secret: `${SECRET}A` }), 'otp.secret', 'truncated'],
    [item({ secret: 'A'.repeat(216) }), 'otp.secret', 'too_long'],
    [item({ secret: SECRET, recoverycode: 'abcdef' }), 'otp', 'unknown_field'],
    [item({ secret: SECRET, recoveryCode: 5 }), 'otp.recoveryCode', 'wrong_type'],
    [item({ secret: SECRET, recoveryCode: '' }), 'otp.recoveryCode', 'empty'],
    [item({ secret: SECRET, recoveryCodes: 'abcdef' }), 'otp.recoveryCodes', 'wrong_type'],
    [item({ secret: SECRET, recoveryCodes: ['abcdef', null] }), 'otp.recoveryCodes[1]', 'wrong_type'],
    [item({ secret: SECRET, recoveryCodes: ['abcdef', 'AB CD-EF'] }), 'otp.recoveryCodes[1]', 'code_given_twice'],
    [
      item({ secret: SECRET, recoveryCode: 'abcdef', recoveryCodes: ['abcdef'] }),
      'otp.recoveryCodes[0]',
      'code_given_twice',
    ],
    [item({ secret: SECRET, recoveryCodes: Array(101).fill('abcdef') }), 'otp.recoveryCodes', 'too_many_codes'],
    [item({ secret: SECRET, algorithm: 1 }), 'otp.algorithm', 'wrong_type'],
    [item({ secret: SECRET, algorithm: 'MD5' }), 'otp.algorithm', 'unsupported_algorithm'],
    [item({ secret: SECRET, algorithm: '' }), 'otp.algorithm', 'unsupported_algorithm'],
    [item({ secret: SECRET, digits: 5 }), 'otp.digits', 'digits_out_of_range'],
    [item({ secret: SECRET, digits: '6' }), 'otp.digits', 'digits_out_of_range'],
    [item({ secret: SECRET, digits: 6.5 }), 'otp.digits', 'digits_out_of_range'],
    [item({ secret: SECRET, period: 0 }), 'otp.period', 'period_out_of_range'],
    [item({ secret: SECRET, period: 301 }), 'otp.period', 'period_out_of_range'],
  ])('is refused by field and reason: %#', (value, field, reason) => {
    expect(problemOf(value)).toEqual([field, reason]);
  });

  it('never has a problem that repeats what was sent beside the user id', () => {
    const secrets = [SECRET, plantedCode(981), 'hunter2hunter2'];
    const values = fc.oneof(fc.constantFrom<unknown>(...secrets, 5, null, true), fc.array(fc.constantFrom(...secrets)));
    const names = fc.constantFrom('secret', 'recoveryCode', 'recoveryCodes', 'algorithm', 'digits', 'hunter2hunter2');
    fc.assert(
      fc.property(fc.dictionary(names, values), (otp) => {
        const result = readAuthingItem(item(otp), 0);
        for (const secret of secrets) expect(JSON.stringify(result)).not.toContain(secret);
      }),
    );
  });

  it('is data or a problem, never an exception, whatever was sent', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
        expect(readAuthingItem(value, 0)).toHaveProperty('ok');
        expect(readAuthingItem(item(value), 0)).toHaveProperty('ok');
        expect(readOtpValues(value)).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });
});

describe('isUserId', () => {
  it('takes 1 to 128 characters of well-formed text without control characters', () => {
    for (const text of ['u', '汉字 😀', 'a'.repeat(128), `'; drop`, '__proto__'])
      expect(isUserId(text), text).toBe(true);
    for (const text of ['', 'a'.repeat(129), 'a\n', '\x7f', '\x85', '\udc00']) expect(isUserId(text), text).toBe(false);
  });
});
