import { describe, expect, it } from 'vitest';
import { importItems } from '../../import/importing.ts';
import { ENGINES } from '../../support/engines.ts';
import { plantedCode, plantedSeed } from '../../support/planted.ts';
import { openTestServices } from '../open-services.ts';

describe.each(ENGINES)('factors in the order of user ids on %s', (engine) => {
  it('come in pages, each after a user, with their unused recovery codes counted', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const list = ['d', 'B', 'a', 'c'].map((userId, index) => ({
      userId,
      otp: { secret: plantedSeed(index), recoveryCodes: [plantedCode(2 * index), plantedCode(2 * index + 1)] },
    }));
    await importItems(services, poolId, list, { createMissingUsers: true });
    const { factors, recoveryCodes } = services.store.read;
    const page = async (pool: string, after: string, limit: number) =>
      (await factors.listAfter(pool, after, limit)).map((factor) => factor.user_id);
    expect(await page(poolId, '', 2)).toEqual(['B', 'a']);
    expect(await page(poolId, 'a', 2)).toEqual(['c', 'd']);
    expect(await page(poolId, 'd', 2)).toEqual([]);
    expect(await page('another pool', '', 2)).toEqual([]);
    expect(await recoveryCodes.countLeftBetween(poolId, '', 'a')).toBe(4);
    expect(await recoveryCodes.countLeftBetween(poolId, 'a', 'd')).toBe(4);
    const now = Date.now();
    await services.store.transaction((queries) => queries.recoveryCodes.revokeAll(poolId, 'c', now));
    expect(await recoveryCodes.countLeftBetween(poolId, 'a', 'd')).toBe(2);
    expect(await recoveryCodes.countLeftBetween('another pool', '', 'd')).toBe(0);
  });
});
