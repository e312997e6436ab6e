import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/open-store.ts';
import { ENGINES } from '../../support/engines.ts';
import { factorRow, openTestStore } from '../open-store.ts';

const ACCEPTED = { lastStep: 5, counter: 0, driftSteps: 0, failures: 0, throttledUntil: 0, lastUsedAt: 10 };

describe.each(ENGINES)('on %s', (engine) => {
  it('a nonce is new for exactly one of 50 who use it at once, by two stores', async () => {
    await using opened = await openTestStore(engine);
    const other = await openStore(opened.database.config);
    const nonce = { access_key_id: 'key', nonce: 'nonce', expires_at: 1 };
    const isNew = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? opened.store : other).transaction((queries) => queries.nonces.remember(nonce)),
      ),
    );
    await other.close();
    expect(isNew.filter((each) => each)).toHaveLength(1);
  });

  it('expired nonces are forgotten and no others', async () => {
    await using opened = await openTestStore(engine);
    const remember = (nonce: string, expires_at: number) =>
      opened.store.transaction((queries) => queries.nonces.remember({ access_key_id: 'key', nonce, expires_at }));
    for (const time of [1, 2, 3]) await remember(`n${time}`, time);
    await opened.store.transaction((queries) => queries.nonces.forgetExpired(2));
    expect([await remember('n1', 9), await remember('n2', 9), await remember('n3', 9)]).toEqual([true, false, false]);
  });

  it('a step is accepted for exactly one of 100 who use it at once, by two stores', async () => {
    await using opened = await openTestStore(engine);
    const other = await openStore(opened.database.config);
    await opened.store.transaction((queries) => queries.bulk.insertFactors([factorRow({ last_step: 4, failures: 2 })]));
    const state = { factorId: 'factor', lastStep: 4, counter: 0, failures: 2 };
    const accepted = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        (index % 2 === 0 ? opened.store : other).transaction((queries) =>
          queries.factors.change('pool', 'user', state, { ...ACCEPTED, lastStep: 5 + (index % 3), driftSteps: 1 }, 10),
        ),
      ),
    );
    await other.close();
    expect(accepted.filter((each) => each)).toHaveLength(1);
    const step = 5 + (accepted.indexOf(true) % 3);
    const kept = { last_step: step, drift_steps: 1, failures: 0, throttled_until: 0, last_used_at: 10 };
    expect(await opened.store.read.factors.find('pool', 'user')).toMatchObject(kept);
  });

  it('a failure is counted for exactly one of 100 who saw the same state', async () => {
    await using opened = await openTestStore(engine);
    await opened.store.transaction((queries) => queries.bulk.insertFactors([factorRow()]));
    const state = { factorId: 'factor', lastStep: -1, counter: 0, failures: 0 };
    const counted = await Promise.all(
      Array.from({ length: 100 }, () =>
        opened.store.transaction((queries) =>
          queries.factors.change('pool', 'user', state, { ...ACCEPTED, lastStep: -1, failures: 1 }, 10),
        ),
      ),
    );
    expect(counted.filter((each) => each)).toHaveLength(1);
    expect(await opened.store.read.factors.find('pool', 'user')).toMatchObject({ failures: 1 });
  });

  it('no step is accepted for another factor, user, pool or state, backwards, or while throttled', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    await store.transaction((queries) =>
      queries.bulk.insertFactors([factorRow({ last_step: 4, counter: 7, throttled_until: 100 })]),
    );
    const state = { factorId: 'factor', lastStep: 4, counter: 7, failures: 0 };
    type Change = { poolId?: string; userId?: string; state?: object; step?: number; counter?: number; now?: number };
    const accept = (change: Change) =>
      store.transaction((queries) =>
        queries.factors.change(
          change.poolId ?? 'pool',
          change.userId ?? 'user',
          { ...state, ...change.state },
          { ...ACCEPTED, lastStep: change.step ?? 5, counter: change.counter ?? 7 },
          change.now ?? 100,
        ),
      );
    const refused = [
      { poolId: 'other' },
      { userId: 'other' },
      { state: { factorId: 'other' } },
      { state: { lastStep: 3 } },
      { state: { failures: 1 } },
      { state: { counter: 6 } },
      { step: 3 },
      { counter: 6 },
      { now: 99 },
    ];
    for (const change of refused) expect(await accept(change), JSON.stringify(change)).toBe(false);
    expect(await accept({})).toBe(true);
  });
});
