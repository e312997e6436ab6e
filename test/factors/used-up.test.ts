import { describe, expect, it } from 'vitest';
import { actorIn, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedCode } from '../support/planted.ts';
import { HOTP, openTestVerifier, PERIOD_MS, type TestVerifier, USER } from '../verify/open-verifier.ts';

const TOKEN = (counter: number) => ({ type: 'hotp', counter });
const DAY_MS = 86_400_000;

/** Ways in which a factor goes, after each of which the first seed comes back. */
const WAYS: Record<string, (verifier: TestVerifier) => Promise<unknown>> = {
  'a reset': ({ opened: { services, poolId } }) => services.factors.reset(actorIn(poolId), USER),
  'deleting the user': ({ opened: { services, poolId } }) => services.users.delete(actorIn(poolId), [USER], 'user_id'),
  'another TOTP': (verifier) => verifier.import(961, {}),
  'another TOTP with another period': (verifier) => verifier.import(961, { period: 300 }),
  'another TOTP, and a reset': async (verifier) => {
    await verifier.import(961, {});
    await verifier.opened.services.factors.reset(actorIn(verifier.opened.poolId), USER);
  },
  'a HOTP token': (verifier) => verifier.import(961, TOKEN(0)),
  'a HOTP token, and another TOTP': async (verifier) => {
    await verifier.import(961, TOKEN(3));
    await verifier.import(962, {});
  },
  'a HOTP token, and a reset': async (verifier) => {
    await verifier.import(961, TOKEN(0));
    await verifier.opened.services.factors.reset(actorIn(verifier.opened.poolId), USER);
  },
  'a HOTP token of the same seed': (verifier) => verifier.import(960, TOKEN(0)),
  'three resets': async (verifier) => {
    for (let round = 0; round < 3; round++) {
      await verifier.opened.services.factors.reset(actorIn(verifier.opened.poolId), USER);
      await verifier.import();
    }
    await verifier.opened.services.factors.reset(actorIn(verifier.opened.poolId), USER);
  },
};

describe.each(ENGINES)('what was used stays used on %s', (engine) => {
  describe.each(Object.entries(WAYS))('after %s and an import of the same factor', (_, leave) => {
    it('time steps', async () => {
      await using verifier = await openTestVerifier(engine);
      const [older, code] = [verifier.code(-1), verifier.code()];
      expect(await verifier.verify(code)).toBe('accepted');
      await leave(verifier);
      await verifier.import();
      for (const used of [code, older]) expect(await verifier.verify(used)).toBe('code_wrong');
      // Where the period changed twice, a whole step of the longer one is used up.
      verifier.now += 20 * PERIOD_MS;
      expect(await verifier.verify(verifier.code())).toBe('accepted');
    });

    it('HOTP counters', async () => {
      await using verifier = await openTestVerifier(engine, {}, HOTP);
      const code = verifier.code(4);
      expect(await verifier.verify(code)).toBe('accepted');
      // The token itself has to come back, whatever came between.
      await leave(verifier);
      await verifier.import(960, TOKEN(0));
      expect((await verifier.factor()).counter).toBe(5);
      for (const counter of [0, 3, 4]) expect(await verifier.verify(verifier.code(counter))).toBe('code_wrong');
      expect(await verifier.verify(verifier.code(5))).toBe('accepted');
    });

    it('recovery codes; those that were not used come back with the import', async () => {
      await using verifier = await openTestVerifier(engine);
      const recoveryCodes = [plantedCode(1_400), plantedCode(1_401)];
      const [used = '', unused = ''] = recoveryCodes;
      await verifier.import(960, { recoveryCodes });
      const fresh = await verifier.redeem(used);
      await leave(verifier);
      await verifier.import(960, { recoveryCodes });
      expect(await verifier.verify(used)).toBe('recovery_code_wrong');
      expect((await verifier.factor()).failures).toBe(0);
      // Given for a factor that is gone, and in no list.
      expect(await verifier.verify(fresh)).toBe('recovery_code_wrong');
      expect(await verifier.codesLeft()).toBe(1);
      expect(await verifier.verify(unused)).toBe('accepted');
    });
  });

  it('and is forgotten only when no window reaches it, and counters never', async () => {
    await using verifier = await openTestVerifier(engine);
    const { services, poolId } = verifier.opened;
    const forget = (before: number) => services.store.transaction((queries) => queries.factors.forgetSpent(before));
    const remembered = async () => (await services.store.read.factors.findSpent(poolId, [USER])).length;

    expect(await verifier.verify(verifier.code())).toBe('accepted');
    await services.factors.reset(actorIn(poolId), USER);
    const [spent] = await services.store.read.factors.findSpent(poolId, [USER]);
    expect(spent).toMatchObject({ counter: 0, retired_at: verifier.now });
    await forget(spent?.used_until as number);
    expect(await remembered()).toBe(1);
    await forget((spent?.used_until as number) + 1);
    expect(await remembered()).toBe(0);

    await verifier.import(960, TOKEN(8));
    await services.factors.reset(actorIn(poolId), USER);
    await forget(verifier.now + 1_000 * DAY_MS);
    expect(await remembered()).toBe(1);
  });

  it.each(['a reset', 'deleting the user'])(
    'even where the seal does not open any more, which %s does not mind',
    async (way) => {
      await using verifier = await openTestVerifier(engine);
      const code = verifier.code();
      expect(await verifier.verify(code)).toBe('accepted');
      await runSql(verifier.opened.database, 'update factor set digits = 8');
      await WAYS[way]?.(verifier);
      expect(await verifier.factor()).toBeUndefined();
      await verifier.import();
      expect(await verifier.verify(code)).toBe('code_wrong');
      expect(await verifier.verify(verifier.code(1))).toBe('accepted');
    },
  );

  it('a counter whose seed is not known any more is taken for no other seed’s', async () => {
    await using verifier = await openTestVerifier(engine, {}, HOTP);
    expect(await verifier.verify(verifier.code(6))).toBe('accepted');
    await runSql(verifier.opened.database, 'update factor set digits = 8');
    await WAYS['a reset']?.(verifier);
    await verifier.import(961, TOKEN(2));
    expect((await verifier.factor()).counter).toBe(2);
  });

  it('nothing is remembered of a factor that used nothing up', async () => {
    await using verifier = await openTestVerifier(engine);
    const { services, poolId } = verifier.opened;
    await services.factors.reset(actorIn(poolId), USER);
    expect(await services.store.read.factors.findSpent(poolId, [USER])).toEqual([]);
  });
});
