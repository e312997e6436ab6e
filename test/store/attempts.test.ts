import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/open-store.ts';
import type { SettledAttempt } from '../../src/store/attempts.ts';
import type { Store } from '../../src/store/store.ts';
import { ENGINES, type TestDatabase } from '../support/engines.ts';
import { factorRow, openTestStore, testDigest } from './open-store.ts';

const USERS = Array.from({ length: 20 }, (_, index) => `user-${index}`);
const STATE = { factorId: 'factor', lastStep: -1, counter: 0, failures: 0 };
const CHANGE = { lastStep: -1, counter: 0, driftSteps: 0, failures: 0, throttledUntil: 0, lastUsedAt: null };

/** An attempt that leaves the factor as it was judged, so that any number of them can be settled. */
function attemptOf(userId: string, change: Partial<SettledAttempt['change']> = {}): SettledAttempt {
  const event = {
    pool_id: 'pool',
    at: 1,
    action: 'test',
    result: 'ok',
    actor: '',
    address: '',
    request_id: '',
  } as const;
  return {
    poolId: 'pool',
    userId,
    state: STATE,
    change: { ...CHANGE, ...change },
    now: 1,
    event: { ...event, user_id: userId, detail: '{}' },
  };
}

async function addFactors(store: Store): Promise<void> {
  await store.transaction(({ bulk }) => bulk.insertFactors(USERS.map((user_id) => factorRow({ user_id }))));
}

async function connect({ config }: TestDatabase): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  return client;
}

describe.each(ENGINES)('attempts on %s', (engine) => {
  it('are settled once for each state', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    await addFactors(store);
    const settle = (userId: string) => store.attempts.settle(attemptOf(userId, { failures: 1 }));
    expect(await Promise.all(['user-1', 'user-2', 'user-1'].map(settle))).toEqual([true, true, false]);
  });

  it('of a user who has no factor are not settled', async () => {
    await using opened = await openTestStore(engine);
    expect(await opened.store.attempts.settle(attemptOf('nobody'))).toBe(false);
  });
});

describe('attempts on postgres, where a factor is locked by another transaction', () => {
  it('wait only if it is their own', async () => {
    await using opened = await openTestStore('postgres');
    const { settle } = opened.store.attempts;
    await addFactors(opened.store);
    // As a large import does with the factors that it meets, until it commits.
    const client = await connect(opened.database);
    await client.query('begin');
    await client.query(`select 1 from factor where user_id in ('user-0', 'user-1') for update`);
    const waiting: Promise<boolean>[] = [];
    for (const userId of ['user-0', 'user-1', 'user-0', 'user-1']) {
      waiting.push(settle(attemptOf(userId, { failures: 1 })));
      await pause(20);
    }
    const others = await Promise.all(USERS.slice(2).map((userId) => settle(attemptOf(userId))));
    expect(others).toEqual(others.map(() => true));
    await client.query('commit');
    expect((await Promise.all(waiting)).sort()).toEqual([false, false, true, true]);
    await client.end();
  });

  it('and changed or deleted by it, are not settled', async () => {
    await using opened = await openTestStore('postgres');
    const { settle } = opened.store.attempts;
    await addFactors(opened.store);
    const client = await connect(opened.database);
    await client.query('begin');
    await client.query(`update factor set failures = 7 where user_id = 'user-0'`);
    await client.query(`delete from factor where user_id = 'user-1'`);
    const waiting = ['user-0', 'user-1'].map((userId) => settle(attemptOf(userId, { failures: 1 })));
    await pause(50);
    await client.query('commit');
    expect(await Promise.all(waiting)).toEqual([false, false]);
    await client.end();
  });

  it('do not hinder each other, in whatever order those of several servers come', async () => {
    await using opened = await openTestStore('postgres');
    await addFactors(opened.store);
    const other = await openStore(opened.database.config);
    other.chainAudit(testDigest);
    const rounds = Array.from({ length: 40 }, (_, round) => (round % 2 === 0 ? USERS : USERS.toReversed()));
    const settled = await Promise.all(
      rounds.flatMap((users, round) =>
        users.map((userId) => (round % 4 < 2 ? opened.store : other).attempts.settle(attemptOf(userId))),
      ),
    );
    expect(settled.every((changed) => changed)).toBe(true);
    await other.close();
  });
});
