import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import type { OtpParameters } from '../../../src/otp/parameters.ts';
import { Seed } from '../../../src/otp/seed.ts';
import { pskc } from '../../../src/sources/pskc/pskc.ts';
import { createPskcWriter, type PskcEntry } from '../../../src/sources/pskc/write.ts';
import { inputOf } from '../support/inputs.ts';
import { readItems } from '../support/read-items.ts';

const PASSWORD = 'Kranich 北 7731-xy';

/** What a user id may be: see `isUserId`. Blank ones no product has. */
const userIds = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => text.trim() !== '' && text.isWellFormed() && !/\p{Cc}|[\ufffe\uffff]/u.test(text));

const parameters: fc.Arbitrary<OtpParameters> = fc
  .record({
    type: fc.constantFrom('totp' as const, 'hotp' as const),
    algorithm: fc.constantFrom('SHA1' as const, 'SHA256' as const, 'SHA512' as const),
    digits: fc.integer({ min: 6, max: 8 }),
    periodSeconds: fc.integer({ min: 5, max: 300 }),
  })
  .map((given) => (given.type === 'hotp' ? { ...given, periodSeconds: 0 } : given));

const entries = fc.record({
  userId: userIds,
  seed: fc.uint8Array({ minLength: 10, maxLength: 128 }).map((bytes) => new Seed(bytes)),
  parameters,
  counter: fc.maxSafeNat().map((number) => number % 2 ** 52),
  issuer: fc.option(userIds, { nil: undefined }),
  friendlyName: fc.option(userIds, { nil: undefined }),
});

describe('what the PSKC writer writes', () => {
  it('is read back with the same users, seeds, parameters and counters', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entries, { maxLength: 8 }), async (list) => {
        const file = await write(list);
        const { items, error } = await readItems(pskc, inputOf(file), { secret: PASSWORD });
        expect(error).toBeUndefined();
        const read = items.flatMap((item) => (item.kind === 'nothing' ? [] : [item]));
        expect(read.map((item) => (item.kind === 'entry' ? comparable(item.entry) : item.problem))).toEqual(
          list.map((entry) => ({ ...comparable(entry), id: entry.userId, notes: undefined })),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('does not open with another password', async () => {
    const file = await write([someEntry()]);
    const { items, error } = await readItems(pskc, inputOf(file), { secret: `${PASSWORD}.` });
    expect(items).toEqual([]);
    expect(error).toMatchObject({ code: 'source_secret_wrong' });
  });

  it('holds no seed in clear, and no value twice alike', async () => {
    const entry = someEntry();
    const file = await write([entry, entry]);
    expect(file).not.toContain(Buffer.from(entry.seed.bytes).toString('base64'));
    const values = [...file.matchAll(/<xenc:CipherValue>([^<]+)</g)].map(([, value]) => value);
    expect(values).toHaveLength(3);
    expect(new Set(values).size).toBe(3);
  });

  it('has its elements in the order of the schema of RFC 6030', async () => {
    const file = await write([{ ...someEntry(), issuer: 'Own', friendlyName: 'Anna' }]);
    const names: string[] = [];
    const parser = new SaxesParser({ xmlns: true });
    parser.on('opentag', ({ local }) => names.push(local));
    parser.write(file).close();
    const order = (...wanted: readonly string[]) =>
      expect(names.filter((name) => wanted.includes(name))).toEqual(wanted);
    order('KeyContainer', 'EncryptionKey', 'DerivedKey', 'MACMethod', 'MACKey', 'KeyPackage', 'Key');
    order('KeyDerivationMethod', 'PBKDF2-params', 'Salt', 'Specified', 'IterationCount', 'KeyLength', 'PRF');
    order('Issuer', 'AlgorithmParameters', 'Suite', 'ResponseFormat', 'FriendlyName', 'Data', 'UserId');
    order('Secret', 'EncryptedValue', 'ValueMAC', 'Time', 'TimeInterval');
  });

  it('refuses a user id that XML cannot hold rather than change it', async () => {
    await expect(write([{ ...someEntry(), userId: 'a\ufffeb' }])).rejects.toThrow(RangeError);
  });

  it('says nothing of a seed where a value was changed', async () => {
    const file = await write([someEntry(), someEntry()]);
    const at = file.lastIndexOf('<pskc:ValueMAC>') + '<pskc:ValueMAC>'.length;
    const changed = `${file.slice(0, at)}${file[at] === 'A' ? 'B' : 'A'}${file.slice(at + 1)}`;
    const { items } = await readItems(pskc, inputOf(changed), { secret: PASSWORD });
    expect(items.map((item) => (item.kind === 'problem' ? item.problem.reason : item.kind))).toEqual([
      'entry',
      'mac_wrong',
    ]);
  });
});

async function write(list: readonly PskcEntry[]): Promise<string> {
  const writer = await createPskcWriter({ password: PASSWORD, iterations: 1, randomBytes });
  return writer.head() + list.map((entry) => writer.keyPackage(entry)).join('') + writer.tail();
}

function someEntry(): PskcEntry {
  const seed = new Seed(Buffer.from('own seed, 20 bytes..'));
  return {
    userId: 'anna',
    seed,
    parameters: { type: 'totp', algorithm: 'SHA512', digits: 8, periodSeconds: 60 },
    counter: 0,
  };
}

function comparable(entry: {
  readonly seed: Seed;
  readonly parameters: OtpParameters;
  readonly counter: number;
  readonly user?: { readonly id?: string | undefined };
  readonly notes?: unknown;
}) {
  const { seed, parameters: given, counter, user, notes } = entry;
  return { seed: seed.toBase32(), ...given, counter: given.type === 'hotp' ? counter : 0, id: user?.id, notes };
}
