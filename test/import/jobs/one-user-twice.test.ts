import { describe, expect, it } from 'vitest';
import type { ImportJob, JobOptions } from '../../../src/import/jobs/job.ts';
import { openTestServices, runSql } from '../../store/open-services.ts';
import { ENGINES } from '../../support/engines.ts';
import { plantedCode, plantedSeed } from '../../support/planted.ts';
import { importItems, insertUsers } from '../importing.ts';
import { lines, reasons, run, table, upload } from './running.ts';

const NOBODY: object[] = Array.from({ length: 1_200 }, (_, index) => ({
  userId: `nobody ${index}`,
  otp: { secret: plantedSeed(index % 50) },
}));
/** So that a share of failures does not end the job. */
const ALL: Partial<JobOptions> = { maxErrorShare: 1 };

function told({ counts }: ImportJob) {
  const { proven: _, ...others } = counts;
  return others;
}

describe.each(ENGINES)('several items of one user: %s', (engine) => {
  it.each([
    ['next to each other', []],
    ['in different batches', NOBODY],
  ])('%s: the first has its way, the others are duplicates, in a dry run too', async (_, between) => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await insertUsers(services, poolId, ['new', 'replaced', 'same', 'codes']);
    const same = { userId: 'same', otp: { secret: plantedSeed(1), recoveryCode: plantedCode(1) } };
    await importItems(services, poolId, [
      { userId: 'replaced', otp: { secret: plantedSeed(2) } },
      same,
      { userId: 'codes', otp: { secret: plantedSeed(3) } },
    ]);
    const first = [
      { userId: 'new', otp: { secret: plantedSeed(10), recoveryCode: plantedCode(10) } },
      { userId: 'replaced', otp: { secret: plantedSeed(11) } },
      same,
      { userId: 'codes', otp: { secret: plantedSeed(3), recoveryCode: plantedCode(11) } },
    ];
    const second = first.map(({ userId }, index) => ({
      userId,
      otp: { secret: plantedSeed(20 + index), recoveryCode: plantedCode(20 + index) },
    }));
    const { jobId } = await upload(opened, lines([...first, ...between, ...second, same]));
    const rehearsed = await run(opened, jobId, { ...ALL, dryRun: true });
    const rehearsedReasons = await reasons(opened, jobId);
    const done = await run(opened, jobId, ALL);
    expect(done.state).toBe('finished');
    expect(told(done)).toEqual(told(rehearsed));
    expect(await reasons(opened, jobId)).toEqual(rehearsedReasons);
    expect(done.counts).toMatchObject({ added: 1, replaced: 1, unchanged: 2, duplicates: 5 });
    expect(done.counts.recoveryCodes).toBe(2);
    const codes = await runSql(opened.database, 'select user_id from recovery_code order by user_id');
    expect(codes.map((row) => row.user_id)).toEqual(['codes', 'new', 'same']);
  });

  it('are duplicates where the first was skipped', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await importItems(services, poolId, [{ userId: 'kept', otp: { secret: plantedSeed(1) } }], {
      createMissingUsers: true,
    });
    const twice = [2, 3].map((seed) => ({ userId: 'kept', otp: { secret: plantedSeed(seed) } }));
    const { jobId } = await upload(opened, lines(twice));
    expect((await run(opened, jobId, { onExisting: 'skip' })).counts).toMatchObject({ skipped: 1, duplicates: 1 });
  });

  it('with recovery codes of few entries, nothing is lost where as many others stand apart', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const old = ['a', 'b', 'c'].map((userId, index) => ({ userId, otp: { secret: plantedSeed(index) } }));
    await importItems(services, poolId, old, { createMissingUsers: true });
    await insertUsers(services, poolId, ['d']);
    const fresh = { userId: 'd', otp: { secret: plantedSeed(9), recoveryCode: plantedCode(9) } };
    const { jobId } = await upload(opened, lines([...old, fresh]));
    expect((await run(opened, jobId)).counts).toMatchObject({ unchanged: 3, added: 1, recoveryCodes: 1 });
    expect(await services.factors.countRecoveryCodes(poolId, 'd')).toBe(1);
  });
});

describe.each(ENGINES)('users whom a job creates: %s', (engine) => {
  it.each([
    ['next to each other', 0],
    ['in different batches', 1_200],
  ])('%s: a second item of one is a duplicate, and a taken identifier refuses', async (_, count) => {
    await using opened = await openTestServices(engine);
    const between = Array.from({ length: count }, (_, index) => ({
      username: `other ${index}`,
      email: '',
      phone: '',
      secret: plantedSeed(index % 50),
    }));
    const row = (username: string, email: string, phone: string, seed: number) => ({
      ...{ username, email, phone },
      secret: plantedSeed(seed),
    });
    const content = table([
      row('ann', 'one@example.com', '13800000001', 1),
      row('ben', 'two@example.com', '', 2),
      ...between,
      row('ann', 'ann@example.com', '', 3),
      // Refused for the address of the first; so the number is free for the one after.
      row('carl', 'ONE@example.com', '13800000002', 4),
      row('dora', 'dora@example.com', '+86 138 0000 0002', 5),
      // The second try of the one who was refused.
      row('carl', 'carl@example.com', '', 6),
      row('carl', 'else@example.com', '', 7),
    ]);
    const { jobId } = await upload(opened, content);
    const options = { match: 'username', createUsers: true, ...ALL } as const;
    const rehearsed = await run(opened, jobId, { ...options, dryRun: true });
    const rehearsedReasons = await reasons(opened, jobId);
    expect(await runSql(opened.database, 'select user_id from app_user')).toEqual([]);
    const done = await run(opened, jobId, options);
    const at = (place: number) => 2 + count + place;
    expect(await reasons(opened, jobId)).toEqual([
      `${at(1)} duplicate_user`,
      `${at(2)} identifier_taken`,
      `${at(5)} duplicate_user`,
    ]);
    expect(rehearsedReasons).toEqual(await reasons(opened, jobId));
    expect(told(done)).toEqual(told(rehearsed));
    expect(done.counts).toMatchObject({ added: 4 + count, usersCreated: 4 + count, failed: 3 });
    const taken = `select value from user_identifier where type in ('email', 'phone') order by value`;
    expect((await runSql(opened.database, taken)).map((found) => found.value)).toEqual([
      '13800000001',
      '13800000002',
      'carl@example.com',
      'dora@example.com',
      'one@example.com',
      'two@example.com',
    ]);
  });
});
