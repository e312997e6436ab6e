import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { importItems, insertUsers } from '../import/importing.ts';
import { actorIn, openTestServices, runSql, type TestServices } from '../store/open-services.ts';
import { ENGINES, type TestDatabase } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';

/** Rows that belong to a user who does not exist. */
async function orphans({ database }: TestServices): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of ['factor', 'recovery_code', 'user_identifier']) {
    const rows = await runSql(
      database,
      `select t.user_id from ${table} as t
         where not exists (select 1 from app_user as u where u.pool_id = t.pool_id and u.user_id = t.user_id)`,
    );
    found[table] = rows.length;
  }
  return found;
}

const NO_ORPHANS = { factor: 0, recovery_code: 0, user_identifier: 0 };
const entry = (userId: string) => ({ userId, otp: { secret: plantedSeed(970), recoveryCode: plantedCode(970) } });

describe.each(ENGINES)('deleting users on %s', (engine) => {
  it('takes their factors, recovery codes and identifiers with them, and those of nobody else', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const actor = actorIn(poolId);
    const made = await services.users.create(
      actor,
      ['ann', 'bob'].map((username) => ({ profile: { username }, status: 'Activated' })),
    );
    await importItems(
      services,
      poolId,
      made.map((user) => entry(user.user_id)),
    );
    expect(await services.users.delete(actor, ['ann'], 'username')).toBe(1);
    expect(await orphans(opened)).toEqual(NO_ORPHANS);
    for (const table of ['app_user', 'factor', 'recovery_code', 'user_identifier']) {
      expect(await runSql(opened.database, `select user_id from ${table}`)).toEqual([{ user_id: made[1]?.user_id }]);
    }
    const [again] = await services.users.create(actor, [{ profile: { username: 'ann' }, status: 'Activated' }]);
    expect(again).toBeDefined();
  });

  it('deletes all or none, and nobody of another pool', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await insertUsers(services, poolId, ['u0']);
    await insertUsers(services, 'other', ['u1']);
    for (const ids of [['u0', 'nobody'], ['u0', 'u1'], ['u1']]) {
      await expect(services.users.delete(actorIn(poolId), ids, 'user_id')).rejects.toMatchObject({
        code: 'user_not_found',
      });
    }
    expect(await runSql(opened.database, 'select user_id from app_user')).toHaveLength(2);
  });

  it('leaves no factor behind, whatever imports run at the same time', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const ids = Array.from({ length: 10 }, (_, index) => `u${index}`);
    for (let round = 0; round < 15; round++) {
      const list = ids.map(entry);
      await importItems(services, poolId, list.slice(0, 5), { createMissingUsers: true });
      const imports = [1, 2, 3].map(() => importItems(services, poolId, list, { createMissingUsers: round % 2 === 0 }));
      const deletions = [ids.slice(0, 5), ids.slice(2, 4)].map((some) =>
        services.users.delete(actorIn(poolId), some, 'user_id'),
      );
      await Promise.allSettled([...imports, ...deletions]);
      expect(await orphans(opened)).toEqual(NO_ORPHANS);
    }
    expect(opened.backgroundErrors).toEqual([]);
  });

  it('leaves no identifier behind, whatever changes of users run at the same time', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const actor = actorIn(poolId);
    for (let round = 0; round < 30; round++) {
      const [user] = await services.users.create(actor, [{ profile: {}, status: 'Activated' }]);
      const id = user?.user_id as string;
      const change = { profile: { email: `user${round}@example.com` } };
      await Promise.allSettled([
        services.users.update(actor, id, 'user_id', change),
        services.users.delete(actor, [id], 'user_id'),
      ]);
      expect(await orphans(opened)).toEqual(NO_ORPHANS);
    }
  });
});

describe('deleting a user on postgres', () => {
  it('leaves no identifier behind when a change of the user came first and both waited for the same row', async () => {
    await using opened = await openTestServices('postgres');
    const { services, poolId, database } = opened;
    const actor = actorIn(poolId);
    const [user] = await services.users.create(actor, [{ profile: {}, status: 'Activated' }]);
    const id = user?.user_id as string;
    const holder = new pg.Client({ connectionString: database.config.databaseUrl });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select 1 from app_user where user_id = $1 for update', [id]);
    const updating = services.users.update(actor, id, 'user_id', { profile: { email: 'ann@example.com' } });
    await untilWaiting(database, 1);
    const deleting = services.users.delete(actor, [id], 'user_id');
    await untilWaiting(database, 2);
    await holder.query('commit');
    await holder.end();
    await Promise.allSettled([updating, deleting]);
    expect(await orphans(opened)).toEqual(NO_ORPHANS);
  });
});

/** Waits until so many sessions of this database wait for a lock. */
async function untilWaiting(database: TestDatabase, count: number): Promise<void> {
  for (;;) {
    const waiting = await runSql(
      database,
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting.length >= count) return;
  }
}
