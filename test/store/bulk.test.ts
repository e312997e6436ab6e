import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FactorTable, RecoveryCodeTable, UserTable } from '../../src/store/schema.ts';
import { ENGINES } from '../support/engines.ts';
import { codeRow, factorRow, openTestStore, userRow } from './open-store.ts';

const NASTY_TEXTS = [
  '',
  ' ',
  '\\N',
  '\\.',
  '\\',
  '\\\\n',
  '\t\n\r\v\f',
  'NULL',
  'null',
  `'; drop table factor; --`,
  '"quoted"',
  '{"json":["\\u0000"]}',
  '汉字',
  'e\u0301é',
  '😀👨‍👩‍👧',
  '\u{10ffff}\ufeff\u200b',
  '\x01\x7f\x80',
  'x'.repeat(70_000),
  '汉'.repeat(150_000),
];
const INTEGERS = [
  0,
  -1,
  1,
  -2,
  255,
  -256,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 32 + 1,
].concat([
  -(2 ** 32),
  -(2 ** 32) - 1,
  1_795_360_384_000,
  2 ** 52 + 1,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
]);

const texts = fc.oneof(
  fc.constantFrom(...NASTY_TEXTS.slice(0, -2)),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '').toWellFormed()),
);
const integers = fc.oneof(fc.constantFrom(...INTEGERS), fc.maxSafeInteger());
const bytes = fc.uint8Array({ maxLength: 300 });

const factorRows = fc.uniqueArray(
  fc
    .record({
      user_id: texts,
      factor_id: texts,
      source: texts,
      import_id: texts,
      last_step: integers,
      counter: integers,
    })
    .chain((some) =>
      fc
        .record({ sealed: bytes, last_used_at: fc.option(integers), throttled_until: integers })
        .map(({ sealed, ...rest }) =>
          factorRow({ ...some, ...rest, sealed_seed: sealed as FactorTable['sealed_seed'] }),
        ),
    ),
  { selector: ({ user_id }) => user_id, minLength: 1, maxLength: 12 },
);

/** Rows as they compare: bytes as hex, in one order. */
function comparable(rows: readonly object[]): unknown[] {
  const plain = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
      ]),
    ),
  );
  return plain.sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

describe.each(ENGINES)('bulk writes on %s', (engine) => {
  it('keep every text, number and byte exactly as it is', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    let pool = 0;
    await fc.assert(
      fc.asyncProperty(factorRows, async (drawn) => {
        const poolId = `pool ${pool++}`;
        const rows = drawn.map((row) => ({ ...row, pool_id: poolId }));
        await store.transaction((queries) => queries.bulk.insertFactors(rows));
        const kept = await Promise.all(rows.map((row) => store.read.factors.find(poolId, row.user_id)));
        expect(comparable(kept as object[])).toEqual(comparable(rows));
      }),
      { numRuns: 40 },
    );
  });

  it('keep texts that are longer than one chunk of what is sent', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    const users = NASTY_TEXTS.flatMap((profile, index) =>
      [0, 1, 2, 3].map((copy): UserTable => userRow({ user_id: `${index}/${copy}`, profile })),
    );
    await store.transaction((queries) => queries.bulk.insertUsers(users));
    const kept = await store.read.users.findMany(
      'pool',
      users.map((user) => user.user_id),
    );
    expect(comparable(kept)).toEqual(comparable(users));
  });

  it('keep every integer that JavaScript has, negative and above 2^32', async () => {
    await using opened = await openTestStore(engine);
    const rows = INTEGERS.map((value, index) =>
      factorRow({ user_id: String(index), last_step: value, throttled_until: value, last_used_at: value }),
    );
    await opened.store.transaction((queries) => queries.bulk.insertFactors(rows));
    for (const [index, value] of INTEGERS.entries()) {
      const expected = { last_step: value, throttled_until: value, last_used_at: value };
      expect(await opened.store.read.factors.find('pool', String(index))).toMatchObject(expected);
    }
  });

  it('keep NULL apart from 0 and from an empty text', async () => {
    await using opened = await openTestStore(engine);
    const codes: RecoveryCodeTable[] = [
      codeRow({ code_id: 'none' }),
      codeRow({ code_id: 'zero', used_at: 0 }),
      codeRow({ code_id: '' }),
    ];
    await opened.store.transaction((queries) => queries.bulk.insertRecoveryCodes(codes));
    const kept = await opened.store.transaction((queries) => queries.bulk.findRecoveryCodes('pool', ['user']));
    expect(new Map(kept.map((code) => [code.code_id, code.used_at]))).toEqual(
      new Map([
        ['none', null],
        ['zero', 0],
        ['', null],
      ]),
    );
  });

  it('tell which users are missing, whatever their ids, and only in their own pool', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    const ids = NASTY_TEXTS.slice(0, -2);
    const missing = (poolId: string, userIds: readonly string[]) =>
      store.transaction(async (queries) => [...(await queries.bulk.surveyUsers(poolId, userIds)).missing]);
    await store.transaction((queries) => queries.bulk.insertUsers(ids.map((user_id) => userRow({ user_id }))));
    expect(await missing('pool', ids)).toEqual([]);
    expect((await missing('pool', ['nobody', ...ids, 'nobody else'])).sort()).toEqual(['nobody', 'nobody else']);
    expect(new Set(await missing('other', ids))).toEqual(new Set(ids));
  });

  it('tell which users have a factor, and only in their own pool', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    const withFactor = (poolId: string) =>
      store.transaction(async (queries) => (await queries.bulk.surveyUsers(poolId, ['a', 'b', 'c'])).withFactor);
    await store.transaction(async (queries) => {
      await queries.bulk.insertUsers(['a', 'b'].map((user_id) => userRow({ user_id })));
      await queries.bulk.insertFactors([factorRow({ user_id: 'b' })]);
    });
    expect(await withFactor('pool')).toEqual(['b']);
    expect(await withFactor('other')).toEqual([]);
  });

  it('replace a factor in every column, and only in its own pool', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    const sealed = Buffer.from('another') as Uint8Array as FactorTable['sealed_seed'];
    const replaced = factorRow({
      ...{
        factor_id: 'f2',
        type: 'hotp',
        algorithm: 'SHA512',
        digits: 8,
        period_seconds: 0,
        counter: 7,
        drift_steps: -2,
      },
      ...{
        sealed_seed: sealed,
        last_step: 9,
        failures: 3,
        throttled_until: 5,
        source: 's',
        imported_by: 'i',
        import_id: 'x',
      },
      ...{ created_at: 2, updated_at: 3, last_used_at: 4 },
    });
    const elsewhere = factorRow({ pool_id: 'other' });
    await store.transaction((queries) => queries.bulk.insertFactors([factorRow(), elsewhere]));
    await store.transaction(async (queries) => {
      await queries.bulk.replaceFactors([replaced]);
      await queries.bulk.replaceFactors([replaced, factorRow({ user_id: 'new' })]);
    });
    expect(comparable([(await store.read.factors.find('pool', 'user')) as object])).toEqual(comparable([replaced]));
    expect(comparable([(await store.read.factors.find('other', 'user')) as object])).toEqual(comparable([elsewhere]));
    expect(await store.read.factors.find('pool', 'new')).toBeDefined();
  });

  it('take lists that are empty and lists of many thousands', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    await store.transaction(async ({ bulk }) => {
      for (const insert of [bulk.insertUsers, bulk.insertFactors, bulk.replaceFactors, bulk.insertRecoveryCodes])
        await insert([]);
      expect(await bulk.findFactors('pool', [])).toEqual([]);
    });
    const ids = Array.from({ length: 5_001 }, (_, index) => `u${index}`);
    await store.transaction((queries) => queries.bulk.insertFactors(ids.map((user_id) => factorRow({ user_id }))));
    expect(await store.transaction((queries) => queries.bulk.findFactors('pool', ids))).toHaveLength(ids.length);
  });

  it('leave nothing when one row of many cannot be written', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    const rows = Array.from({ length: 3_000 }, (_, index) => factorRow({ user_id: `u${index === 2_999 ? 5 : index}` }));
    await expect(store.transaction((queries) => queries.bulk.insertFactors(rows))).rejects.toThrow();
    expect(await store.read.factors.find('pool', 'u0')).toBeUndefined();
  });

  it('delete unused recovery codes and keep the used ones', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    const codes = [
      codeRow({ code_id: 'unused' }),
      codeRow({ code_id: 'used', used_at: 1 }),
      codeRow({ user_id: 'other' }),
    ];
    await store.transaction(async ({ bulk }) => {
      await bulk.insertRecoveryCodes(codes);
      await bulk.deleteUnusedRecoveryCodes('pool', ['user']);
    });
    const kept = await store.transaction((queries) => queries.bulk.findRecoveryCodes('pool', ['user', 'other']));
    expect(kept.map((code) => code.code_id).sort()).toEqual(['code', 'used']);
  });
});
