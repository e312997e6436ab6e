import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FactorportError } from '../../src/errors/error.ts';
import type { ItemProblem } from '../../src/import/entry.ts';
import { openTestServices, runSql, type TestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { CODE_MARKER, plantedCode, plantedSeed } from '../support/planted.ts';
import { importItems, insertUsers } from './importing.ts';

const item = (userId: string, seed = 930, recoveryCodes: readonly string[] = []) => ({
  userId,
  otp: { secret: plantedSeed(seed), recoveryCodes },
});

const countOf = async ({ database }: TestServices, table: string) =>
  (await runSql(database, `select * from ${table}`)).length;

async function refusalOf(work: Promise<unknown>): Promise<{ errors: ItemProblem[]; errorCount: number }> {
  const error = await work.then(
    () => undefined,
    (reason: FactorportError) => reason,
  );
  expect(error).toMatchObject({ code: 'import_refused' });
  expect(JSON.stringify(error) + String(error?.stack)).not.toContain(CODE_MARKER);
  return error?.data as { errors: ItemProblem[]; errorCount: number };
}

describe.each(ENGINES)('importer on %s', (engine) => {
  it('writes nothing at all when one item of many is bad, and names every bad one', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const good = Array.from({ length: 50 }, (_, index) => item(`u${index}`, 930 + index, [plantedCode(index)]));
    await insertUsers(
      services,
      poolId,
      good.map(({ userId }) => userId),
    );
    const bad = [item('missing'), { userId: 'u1', otp: { secret: 'not base32!' } }, item('u2'), 'text'];
    const { errors, errorCount } = await refusalOf(importItems(services, poolId, [...good, ...bad]));
    expect(errors.map(({ index, field, reason }) => [index, field, reason])).toEqual([
      [50, 'userId', 'user_not_found'],
      [51, 'otp.secret', 'not_base32'],
      [52, 'userId', 'duplicate_user'],
      [53, '', 'not_an_object'],
    ]);
    expect(errorCount).toBe(4);
    for (const table of ['factor', 'recovery_code', 'audit_event']) expect(await countOf(opened, table)).toBe(0);
  });

  it('names the first 100 problems in the order of the list, and counts all', async () => {
    await using opened = await openTestServices(engine);
    const list = Array.from({ length: 250 }, (_, index) => item(`u${249 - index}`));
    const { errors, errorCount } = await refusalOf(importItems(opened.services, opened.poolId, list));
    expect(errors.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(errorCount).toBe(250);
  });

  it('makes no user when the list that would make one is refused', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await importItems(services, poolId, [item('old', 931)], { createMissingUsers: true });
    const list = [item('new'), item('old', 932)];
    const { errors } = await refusalOf(
      importItems(services, poolId, list, { createMissingUsers: true, onExisting: 'fail' }),
    );
    expect(errors).toMatchObject([{ index: 1, userId: 'old', reason: 'factor_exists' }]);
    expect(await countOf(opened, 'app_user')).toBe(1);
  });

  it('takes no user of another pool for one of its own', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await insertUsers(services, 'other pool', ['u0']);
    const { errors } = await refusalOf(importItems(services, poolId, [item('u0')]));
    expect(errors).toMatchObject([{ reason: 'user_not_found' }]);
  });

  it('puts its audit event into the same transaction, with counts and no secret', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await importItems(services, poolId, [item('u0', 933, [plantedCode(933)])], { createMissingUsers: true });
    const [event, ...others] = await runSql(opened.database, 'select * from audit_event');
    expect(others).toEqual([]);
    expect(event).toMatchObject({ action: 'otp.import', result: 'ok', pool_id: poolId });
    expect(JSON.parse(String(event?.detail))).toMatchObject({ total: 1, added: 1, recoveryCodes: 1, dryRun: false });
  });

  it('names the user in its audit event if the list has one', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    for (const list of [[item('u0')], [item('u1'), item('u2')]]) {
      await importItems(services, poolId, list, { createMissingUsers: true });
    }
    const events = await runSql(opened.database, 'select user_id from audit_event order by sequence');
    expect(events.map((event) => event.user_id)).toEqual(['u0', null]);
  });

  it('leaves nothing of a dry run but its audit event', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const counts = await importItems(services, poolId, [item('u0')], { createMissingUsers: true, dryRun: true });
    expect(counts).toMatchObject({ added: 1, usersCreated: 1 });
    await services.audit.flush();
    for (const table of ['app_user', 'factor', 'recovery_code']) expect(await countOf(opened, table)).toBe(0);
    expect(await countOf(opened, 'audit_event')).toBe(1);
  });

  it('counts weak seeds', async () => {
    await using opened = await openTestServices(engine);
    const weak = { userId: 'weak', otp: { secret: plantedSeed(934).slice(0, 16) } };
    const counts = await importItems(opened.services, opened.poolId, [weak, item('strong')], {
      createMissingUsers: true,
    });
    expect(counts).toMatchObject({ added: 2, weakSeeds: 1 });
  });

  it('gives one factor to a user whom many import at once, and refuses none of them', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const runs = Array.from({ length: 12 }, (_, index) =>
      importItems(services, poolId, [item('a', 940 + (index % 2), [plantedCode(index % 2)]), item('b')], {
        createMissingUsers: true,
      }),
    );
    const counts = await Promise.all(runs);
    expect(counts.reduce((sum, { usersCreated }) => sum + usersCreated, 0)).toBe(2);
    expect(counts.filter(({ added }) => added > 0)).toHaveLength(1);
    expect(await countOf(opened, 'factor')).toBe(2);
    expect(await countOf(opened, 'recovery_code')).toBe(1);
  });

  it('writes nothing when a seal far down the list proves broken while earlier ones are being written', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    await importItems(services, poolId, [item('z', 950)], { createMissingUsers: true });
    await runSql(database, `update factor set factor_id = 'moved'`);
    const list = Array.from({ length: 6_000 }, (_, index) =>
      item(`a${String(index).padStart(5, '0')}`, 951, [plantedCode(951)]),
    );
    const importing = importItems(services, poolId, [...list, item('z', 951)], { createMissingUsers: true });
    await expect(importing).rejects.toMatchObject({ code: 'seal_broken' });
    // Whatever is still on its way to the database gets there meanwhile.
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    await insertUsers(services, poolId, ['later']);
    await opened.close();
    expect([await countOf(opened, 'factor'), await countOf(opened, 'recovery_code')]).toEqual([1, 0]);
    expect((await runSql(database, 'select user_id from app_user')).map((row) => row.user_id).sort()).toEqual([
      'later',
      'z',
    ]);
  });
});
