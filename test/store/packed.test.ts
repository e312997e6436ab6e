import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRowPacker } from '../../src/store/packed.ts';
import { FACTOR_ROWS, RECOVERY_CODE_ROWS } from '../../src/store/rows.ts';
import type { FactorTable, RecoveryCodeTable } from '../../src/store/schema.ts';
import { ENGINES } from '../support/engines.ts';
import { codeRow, factorRow, openTestStore, userRow } from './open-store.ts';

const USERS = 8;
const userId = (place: number) => `user ${place}`;
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => array as FactorTable['sealed_seed']);
/** What columns may hold, often the same in row after row; texts of several bytes a character, and pairs of surrogates. */
const varied = fc.record({
  source: fc.constantFrom('', 'a', '密钥', '😀'),
  sealed_seed: bytes,
  counter: fc.constantFrom(0, 2 ** 40),
  last_step: fc.constantFrom(-1, 59_000_000),
  last_used_at: fc.constantFrom(null, 1_700_000_000_000),
});
/** For each entry its factor and how many codes it has; null: an entry without any row. */
const entries = fc.array(fc.option(fc.tuple(varied, fc.nat(3))), { maxLength: USERS });

describe.each(ENGINES)('packed rows: %s', (engine) => {
  it('are written as they were added, but for those of entries that are left out or have something', async () => {
    await using opened = await openTestStore(engine);
    const property = fc.asyncProperty(
      entries,
      fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]),
      fc.subarray([0, 1, 2, 3]),
      fc.boolean(),
      async (given, leftOut, existing, likelyAll) => {
        const factors = createRowPacker<FactorTable>(engine, FACTOR_ROWS);
        const codes = createRowPacker<RecoveryCodeTable>(engine, RECOVERY_CODE_ROWS);
        const expected = { factors: [] as FactorTable[], codes: [] as RecoveryCodeTable[] };
        // What was taken before must not come again.
        factors.add(factorRow({ user_id: 'taken before' }), 0);
        factors.take();
        given.forEach((entry, place) => {
          if (entry === null) return;
          const [columns, count] = entry;
          const factor = factorRow({ user_id: userId(place), factor_id: `new ${place}`, ...columns });
          const ofUser = Array.from({ length: count }, (_, number) =>
            codeRow({ user_id: userId(place), code_id: `code ${number}`, factor_id: `new ${place}` }),
          );
          factors.add(factor, place);
          for (const code of ofUser) codes.add(code, place);
          if (leftOut.includes(place) || existing.includes(place)) return;
          expected.factors.push(factor);
          expected.codes.push(...ofUser);
        });
        const packed = { factors: factors.take(), codes: codes.take() };
        const found = await opened.store.rehearse(async ({ bulk }) => {
          await bulk.insertUsers(Array.from({ length: USERS }, (_, place) => userRow({ user_id: userId(place) })));
          await bulk.insertFactors(existing.map((place) => factorRow({ user_id: userId(place), factor_id: 'old' })));
          const userIds = given.map((entry, place) => (entry === null ? null : userId(place)));
          const leaveOut = new Set(leftOut);
          const unclear = await bulk.addClearFactors('pool', userIds, packed.factors, { leaveOut, likelyAll });
          const wanted = existing.filter((place) => given[place] != null && !leaveOut.has(place));
          expect([...unclear].sort()).toEqual(wanted);
          await bulk.insertPackedRecoveryCodes(packed.codes, new Set([...leaveOut, ...unclear]));
          const ids = Array.from({ length: USERS }, (_, place) => userId(place));
          const all = await bulk.findFactors('pool', ids);
          return {
            factors: all.filter((factor) => factor.factor_id !== 'old'),
            codes: await bulk.findRecoveryCodes('pool', ids),
          };
        });
        expect(found.factors.map(plain).sort(byText)).toEqual(expected.factors.map(plain).sort(byText));
        expect(found.codes.map(plain).sort(byText)).toEqual(expected.codes.map(plain).sort(byText));
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });
});

/** A row as text, whatever type its bytes come as. */
function plain(row: object): string {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

const byText = (left: string, right: string) => (left < right ? -1 : 1);
