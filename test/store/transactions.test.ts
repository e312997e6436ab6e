import { describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { runSql } from './open-services.ts';
import { factorRow, openTestStore, userRow } from './open-store.ts';

describe.each(ENGINES)('transactions on %s', (engine) => {
  it('that fail leave nothing, and others beside them stay', async () => {
    await using opened = await openTestStore(engine);
    const { store, database } = opened;
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) =>
        store.transaction(async (queries) => {
          await queries.users.insert(userRow({ user_id: `u${index}` }));
          if (index % 3 === 0) throw new Error('refused');
          return index;
        }),
      ),
    );
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(await runSql(database, 'select user_id from app_user')).toHaveLength(20);
  });

  it('are seen by readers only once they are committed', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    await store.transaction(async (queries) => {
      await queries.users.insert(userRow());
      expect(await queries.users.findMany('pool', ['user'])).toHaveLength(1);
      expect(await store.read.users.findMany('pool', ['user'])).toEqual([]);
    });
    expect(await store.read.users.findMany('pool', ['user'])).toHaveLength(1);
  });

  it('that are rehearsed give their result and leave nothing', async () => {
    await using opened = await openTestStore(engine);
    const { store, database } = opened;
    const found = await store.rehearse(async (queries) => {
      await queries.bulk.insertUsers([userRow()]);
      await queries.bulk.insertFactors([factorRow()]);
      await queries.bulk.replaceFactors([factorRow({ digits: 8 })]);
      return queries.bulk.findFactors('pool', ['user']);
    });
    expect(found).toMatchObject([{ digits: 8 }]);
    for (const table of ['app_user', 'factor']) expect(await runSql(database, `select * from ${table}`)).toEqual([]);
  });

  it('end before the store closes, when begun before', async () => {
    const opened = await openTestStore(engine);
    const { store, database } = opened;
    const writes = Array.from({ length: 50 }, (_, index) =>
      store.transaction((queries) => queries.users.insert(userRow({ user_id: `u${index}` }))),
    );
    if (engine === 'postgres') await Promise.all(writes);
    await store.close();
    await Promise.all(writes);
    expect(await runSql(database, 'select user_id from app_user')).toHaveLength(50);
  });

  it('that two write the same new row in leave one row, and both know', async () => {
    await using opened = await openTestStore(engine);
    const { store } = opened;
    const isNew = await Promise.all(
      Array.from({ length: 20 }, () => store.transaction((queries) => queries.users.insert(userRow()))),
    );
    expect(isNew.filter((each) => each)).toHaveLength(1);
  });
});

describe('bulk operations', () => {
  it('exist only inside a transaction on PostgreSQL, where they lock', async () => {
    await using opened = await openTestStore('postgres');
    expect(() => opened.store.read.bulk.findFactors('pool', ['user'])).toThrow('needs a transaction');
  });
});
