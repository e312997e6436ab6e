import { describe, expect, it } from 'vitest';
import { FactorportError } from '../../../src/errors/error.ts';
import { encodeBase32 } from '../../../src/otp/base32.ts';
import { decodeInteger } from '../../../src/sources/pskc/integer.ts';
import { pskc } from '../../../src/sources/pskc/pskc.ts';
import { simplify } from '../support/cases.ts';
import { inputOf } from '../support/inputs.ts';
import {
  encrypt,
  encryptedValue,
  HEAD,
  keyPackage,
  macMethod,
  macOf,
  PRE_SHARED,
  TAIL,
} from '../support/pskc-container.ts';
import { readItems } from '../support/read-items.ts';

const SEED = Buffer.from('own seed: 24 bytes long!');
const MAC_KEY = Buffer.from('own mac key of 24 bytes!');

describe('an encrypted value of PSKC', () => {
  const methods: readonly (readonly [name: string, keyBytes: number])[] = [
    ['aes128-cbc', 16],
    ['aes192-cbc', 24],
    ['aes256-cbc', 32],
    ['tripledes-cbc', 24],
    ['kw-aes128', 16],
    ['kw-aes192', 24],
    ['kw-aes256', 32],
    ['aes128-gcm', 16],
    ['aes256-gcm', 32],
  ];
  it.each(methods)('opens by %s, and not with another key', async (method, keyBytes) => {
    const key = Buffer.from(Array.from({ length: keyBytes }, (_, index) => index * 7 + 1));
    const sealed = encrypt(method, key, SEED);
    const isAuthentic = !method.endsWith('cbc');
    const file = HEAD + PRE_SHARED + keyPackage({ data: `<Secret>${encryptedValue(sealed)}</Secret>` }) + TAIL;
    const { items, error } = await readItems(pskc, inputOf(file), { secret: key.toString('hex') });
    expect(error).toBeUndefined();
    expect(items.map(simplify)).toMatchObject([
      { secret: encodeBase32(SEED), notes: isAuthentic ? [] : ['mac_absent'] },
    ]);
    const short = await readItems(pskc, inputOf(file), { secret: key.subarray(1).toString('hex') });
    expect(short.error).toMatchObject({ code: 'source_secret_wrong' });
    if (!isAuthentic) return;
    const other = await readItems(pskc, inputOf(file), { secret: Buffer.from(key).reverse().toString('hex') });
    expect(other.error).toMatchObject({ code: 'source_secret_wrong' });
  });

  it.each(['sha1', 'sha224', 'sha256', 'sha384', 'sha512'])('is checked by HMAC with %s', async (hash) => {
    const key = Buffer.alloc(16, 9);
    const sealed = encrypt('aes128-cbc', key, SEED);
    const container = (mac: string): string =>
      HEAD +
      PRE_SHARED +
      macMethod(hash, encrypt('aes128-cbc', key, MAC_KEY)) +
      keyPackage({ data: `<Secret>${encryptedValue(sealed, mac)}</Secret>` }) +
      TAIL;
    const mac = macOf(hash, MAC_KEY, sealed);
    const right = await readItems(pskc, inputOf(container(mac)), { secret: key.toString('hex') });
    expect(right.items.map(simplify)).toMatchObject([{ secret: encodeBase32(SEED), notes: [] }]);
    const changed = Buffer.from(mac, 'base64');
    changed[0] = (changed[0] as number) ^ 1;
    for (const wrong of [changed.toString('base64'), changed.subarray(1).toString('base64'), '', '*']) {
      const reading = await readItems(pskc, inputOf(container(wrong)), { secret: key.toString('hex') });
      expect(reading.items.filter(({ kind }) => kind === 'entry')).toEqual([]);
      if (reading.error !== undefined) expect(reading.error).toBeInstanceOf(FactorportError);
    }
  });

  it('has the encryption key for the key of the MAC where the file has none, as in the drafts', async () => {
    const key = Buffer.alloc(32, 3);
    const sealed = encrypt('aes256-cbc', key, SEED);
    const mac = macOf('sha256', key, sealed);
    const data = `<Secret>${encryptedValue(sealed, mac)}</Secret>`;
    const file = HEAD + PRE_SHARED + macMethod('sha256') + keyPackage({ data }) + TAIL;
    const { items } = await readItems(pskc, inputOf(file), { secret: key.toString('hex') });
    expect(items.map(simplify)).toMatchObject([{ secret: encodeBase32(SEED), notes: [] }]);
  });
});

describe('an encrypted number of PSKC', () => {
  it.each([
    [[0], 0],
    [[1, 0], 256],
    [[0, 0, 0, 0, 0, 0, 0, 9], 9],
    [[0x31, 0x32, 0x33, 0x34], '1234'],
    [[0x30, 0x30, 0x30, 0x30, 0x30, 0x31, 0x32], '0000012'],
    [[0x30], { reason: 'unsupported_token' }],
    [[], { reason: 'empty' }],
    [[255, 255, 255, 255, 255, 255, 255, 255], { reason: 'counter_out_of_range' }],
    [[1, 0, 0, 0, 0, 0, 0, 0, 0], { reason: 'counter_out_of_range' }],
  ])('of the bytes %j is read in the one way that is possible', (bytes, expected) => {
    const read = decodeInteger(Uint8Array.from(bytes));
    if (typeof expected === 'object') expect(read).toMatchObject(expected);
    else expect(read).toBe(expected);
  });
});
