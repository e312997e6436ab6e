import { describe, expect, it } from 'vitest';
import { actorIn, openTestServices, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';

const user = (profile: Record<string, unknown>) => ({ profile, status: 'Activated' });

describe.each(ENGINES)('users on %s', (engine) => {
  it('are created all or none', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    const list = [user({ username: 'ann' }), user({ username: 'bob' }), user({ username: 'ann' })];
    await expect(services.users.create(actorIn(poolId), list)).rejects.toMatchObject({
      code: 'identifier_taken',
      parameters: { field: 'username' },
    });
    for (const table of ['app_user', 'user_identifier', 'audit_event']) {
      expect(await runSql(database, `select * from ${table}`)).toEqual([]);
    }
  });

  it('have an identifier that is created by exactly one of many at once', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        services.users.create(actorIn(poolId), [user({ email: index % 2 === 0 ? 'a@b.c' : 'A@B.C' })]),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await runSql(database, 'select * from app_user')).toHaveLength(1);
  });

  it('are found by every identifier, whatever its case or form, and in their own pool only', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const [made] = await services.users.create(actorIn(poolId), [
      user({ username: 'ann', email: 'Ann@Example.com', phone: '138 1234 5678', externalId: 'x' }),
    ]);
    const names = [
      ['username', 'ann'],
      ['email', 'ANN@example.COM'],
      ['phone', '+8613812345678'],
      ['external_id', 'x'],
      ['user_id', made?.user_id as string],
    ] as const;
    for (const [type, name] of names) {
      expect(await services.users.resolve(poolId, name, type)).toBe(made?.user_id);
      await expect(services.users.resolve('other', name, type)).rejects.toMatchObject({ code: 'user_not_found' });
      await expect(services.users.resolve(poolId, `${name}x`, type)).rejects.toMatchObject({ code: 'user_not_found' });
    }
  });

  it('that share a value are named by none of those who ask for it alone', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const shared = user({ customData: { team: 'red' } });
    await services.users.create(actorIn(poolId), [shared, shared, user({ customData: { team: 'blue' } })]);
    await expect(services.users.get(poolId, 'team:red', 'custom_field')).rejects.toMatchObject({
      code: 'user_ambiguous',
    });
    expect(await services.users.exists(poolId, 'custom_field', 'team:blue')).toBe(true);
  });

  it('give an identifier free when it is changed, and take none that another has', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const actor = actorIn(poolId);
    await services.users.create(actor, [user({ username: 'ann' }), user({ username: 'bob' })]);
    const rename = (from: string, to: string) =>
      services.users.update(actor, from, 'username', { profile: { username: to } });
    await expect(rename('ann', 'bob')).rejects.toMatchObject({ code: 'identifier_taken' });
    expect(await services.users.exists(poolId, 'username', 'ann')).toBe(true);
    await rename('ann', 'cy');
    await services.users.create(actor, [user({ username: 'ann' })]);
    expect(await services.users.resolve(poolId, 'cy', 'username')).not.toBe(
      await services.users.resolve(poolId, 'ann', 'username'),
    );
  });

  it('keep every change of several made at once to different members', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const actor = actorIn(poolId);
    const [made] = await services.users.create(actor, [user({})]);
    const members = ['name', 'nickname', 'city', 'company', 'website', 'locale'];
    await Promise.all(
      members.map((member) =>
        services.users.update(actor, made?.user_id as string, 'user_id', { profile: { [member]: member } }),
      ),
    );
    const { profile } = await services.users.get(poolId, made?.user_id as string, 'user_id');
    expect(JSON.parse(profile)).toEqual(Object.fromEntries(members.map((member) => [member, member])));
  });
});
