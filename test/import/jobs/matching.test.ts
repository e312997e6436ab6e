import { describe, expect, it } from 'vitest';
import type { MatchType } from '../../../src/import/jobs/job.ts';
import { DEFAULT_JOB_OPTIONS } from '../../../src/import/jobs/job.ts';
import { DEFAULT_PARAMETERS } from '../../../src/otp/parameters.ts';
import { parseSeed, type Seed } from '../../../src/otp/seed.ts';
import { computeTotp, timeStepAt } from '../../../src/otp/totp.ts';
import { requestFor } from '../../export/exporting.ts';
import { actorIn, openTestServices, runSql, type TestServices } from '../../store/open-services.ts';
import { ENGINES } from '../../support/engines.ts';
import { plantedCode, plantedSeed } from '../../support/planted.ts';
import { importItems, insertUsers } from '../importing.ts';
import { importFile, lines, openSplit, reasons, report, resume, run, table, undo, upload } from './running.ts';

const PEOPLE = [
  { external_id: 'E1', username: 'ann', email: 'ann@example.com', phone: '13800000001', secret: plantedSeed(1) },
  { external_id: 'E2', username: 'ben', email: 'ben@example.com', phone: '+4917600000002', secret: plantedSeed(2) },
];

const codeNow = (seed: number, algorithm: 'SHA1' | 'SHA256' = 'SHA1') =>
  computeTotp(parseSeed(plantedSeed(seed)) as Seed, timeStepAt(Date.now(), 30), { ...DEFAULT_PARAMETERS, algorithm });

async function factorCount({ database, poolId }: Pick<TestServices, 'database' | 'poolId'>): Promise<number> {
  return (await runSql(database, 'select user_id from factor where pool_id = $1', [poolId])).length;
}

describe.each(ENGINES)('finding the users of a file: %s', (engine) => {
  it('works by each kind of name, in whatever form it is written', async () => {
    await using opened = await openTestServices(engine);
    await importFile(opened, table(PEOPLE), { match: 'username', createUsers: true });
    const users = await runSql(opened.database, `select user_id from user_identifier where value = 'ann'`);
    const written: readonly (readonly [MatchType, string, string])[] = [
      ['user_id', 'user_id', users[0]?.user_id as string],
      ['external_id', 'external_id', 'E1'],
      ['username', 'username', 'ann'],
      ['email', 'email', 'ANN@Example.com'],
      ['phone', 'phone', '+86 138-0000-0001'],
      ['phone', 'phone', '138 0000 0001'],
    ];
    for (const [match, heading, name] of written) {
      const content = table([{ [heading]: name, secret: plantedSeed(1) }]);
      expect((await importFile(opened, content, { match })).counts, name).toMatchObject({ unchanged: 1, failed: 0 });
    }
    const unknown = await importFile(opened, table([{ username: 'Ann', secret: plantedSeed(1) }]), {
      match: 'username',
    });
    expect(await reasons(opened, unknown.jobId)).toEqual(['1 user_not_found']);
  });

  it('refuses what is no name, and users who are not there', async () => {
    await using opened = await openTestServices(engine);
    const rows = ['()', '( )', `+${'1 '.repeat(200)}`, '13900000000'].map((phone, seed) => ({
      phone,
      secret: plantedSeed(seed),
    }));
    const job = await importFile(opened, table(rows), { match: 'phone', createUsers: true });
    expect(await reasons(opened, job.jobId)).toEqual(['1 bad_user_id', '2 bad_user_id', '3 bad_user_id']);
    expect(job.counts).toMatchObject({ added: 1, usersCreated: 1 });
  });

  it('gives created users the names of the file, and undoing takes users and names away again', async () => {
    await using opened = await openTestServices(engine);
    const job = await importFile(opened, table(PEOPLE), { match: 'email', createUsers: true });
    expect(job.counts).toMatchObject({ added: 2, usersCreated: 2 });
    expect(await runSql(opened.database, 'select value from user_identifier')).toHaveLength(8);
    const [user] = await runSql(opened.database, `select profile from app_user where profile like '%ann%'`);
    expect(JSON.parse(user?.profile as string)).toMatchObject({ username: 'ann', email: 'ann@example.com' });
    expect((await undo(opened, job.jobId)).undo).toMatchObject({ removed: 2, usersDeleted: 2 });
    expect(await runSql(opened.database, 'select value from user_identifier')).toEqual([]);
  });

  it.each([
    ['replace', { replaced: 1 }],
    ['skip', { skipped: 1 }],
    ['fail', { failed: 1 }],
  ] as const)('does with users who have another OTP as it is told: %s', async (onExisting, counts) => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const item = (seed: number) => ({ userId: 'user', otp: { secret: plantedSeed(seed) } });
    await importItems(services, poolId, [item(1)], { createMissingUsers: true });
    const job = await importFile(opened, lines([item(2)]), { onExisting });
    expect(job).toMatchObject({ state: 'finished', counts: { items: 1, ...counts } });
    if (onExisting === 'fail') expect(await reasons(opened, job.jobId)).toEqual(['1 factor_exists']);
    const same = await importFile(opened, lines([item(onExisting === 'replace' ? 2 : 1)]), { onExisting });
    expect(same.counts).toMatchObject({ unchanged: 1 });
  });
});

describe.each(ENGINES)('a dry run: %s', (engine) => {
  it('verifies check codes and tells other readings; the run itself does not look at them', async () => {
    await using opened = await openTestServices(engine);
    await insertUsers(opened.services, opened.poolId, ['a', 'b', 'c', 'd']);
    const row = (user_id: string, seed: number, check_code: string) => ({
      ...{ user_id, secret: plantedSeed(seed) },
      check_code,
    });
    const content = table([
      row('a', 1, codeNow(1)),
      row('b', 2, codeNow(2, 'SHA256')),
      row('c', 3, codeNow(4)),
      row('d', 5, ''),
    ]);
    const { jobId } = await upload(opened, content);
    const rehearsed = await run(opened, jobId, { dryRun: true });
    expect(rehearsed).toMatchObject({ state: 'ready', counts: { proven: 1, added: 2, failed: 2 } });
    const told = await report(opened, jobId);
    expect(told.map((found) => [found.item, found.reason, found.field])).toEqual([
      [2, 'check_code_other_reading', 'check_code'],
      [3, 'check_code_wrong', 'check_code'],
    ]);
    expect(told[0]?.parameters).toEqual({ reading: 'SHA256' });
    expect(await factorCount(opened)).toBe(0);
    expect((await run(opened, jobId)).counts).toMatchObject({ proven: 0, added: 4, failed: 0 });
  });

  it('beside it, a user of the file is looked for and the code that an app shows is checked', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const { jobId } = await upload(opened, table(PEOPLE));
    const prove = (user: string, code: string) =>
      services.importJobs.prove(actorIn(poolId), jobId, { user, code }, DEFAULT_JOB_OPTIONS);
    expect(await prove('ANN@example.com', codeNow(1))).toMatchObject({ found: true, verified: true });
    expect(await prove('ann', codeNow(2))).toMatchObject({ found: true, verified: false, otherReadings: [] });
    expect(await prove('nobody', codeNow(1))).toEqual({ found: false });
  });
});

describe.each(ENGINES)('a limit of errors: %s', (engine) => {
  const items = Array.from({ length: 40 }, (_, index) => ({
    userId: `user ${index}`,
    otp: { secret: [24, 26, 31].includes(index) ? 'x' : plantedSeed(index), recoveryCode: plantedCode(index) },
  }));

  it('stops a job before anything of the batch beyond it is written; with another it goes on, nothing told twice', async () => {
    await using opened = await openTestServices(engine);
    const split = await openSplit(opened, [10]);
    const { jobId } = await upload(split, lines(items));
    const stopped = await run(split, jobId, { createUsers: true, maxErrors: 1 });
    expect(stopped).toMatchObject({
      state: 'stopped',
      outcome: { code: 'too_many_errors', parameters: { failed: 2 } },
    });
    expect(stopped.counts).toMatchObject({ items: 20, added: 20 });
    expect(await factorCount(split)).toBe(20);
    expect(await reasons(split, jobId)).toHaveLength(2);
    expect(await resume(split, jobId, {})).toMatchObject({ state: 'stopped' });
    expect(await reasons(split, jobId)).toHaveLength(2);
    expect(await resume(split, jobId, { maxErrors: 2 })).toMatchObject({ state: 'stopped', counts: { items: 30 } });
    const done = await resume(split, jobId, { maxErrors: 3 });
    expect(done).toMatchObject({ state: 'finished', counts: { items: 40, added: 37, failed: 3 } });
    expect((await report(split, jobId)).map((row) => [row.sequence, row.item])).toEqual([
      [1, 25],
      [2, 27],
      [3, 32],
    ]);
    expect((await undo(split, jobId)).undo).toMatchObject({ removed: 37, usersDeleted: 37 });
  });

  it('as a share stops before harm, in a dry run too', async () => {
    await using opened = await openTestServices(engine);
    const wrong = Array.from({ length: 2_500 }, (_, index) => ({ userId: `user ${index}`, otp: { secret: '!' } }));
    const { jobId } = await upload(opened, lines(wrong));
    for (const dryRun of [true, false]) {
      const job = await run(opened, jobId, { createUsers: true, dryRun });
      expect(job).toMatchObject({ state: 'stopped', outcome: { code: 'too_many_errors' } });
    }
    expect(await runSql(opened.database, 'select user_id from app_user')).toEqual([]);
  });
});

describe.each(ENGINES)('an encrypted file: %s', (engine) => {
  it('fails with a wrong password, and goes on with the right one, which is kept nowhere in clear', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await importItems(services, poolId, [{ userId: 'user', otp: { secret: plantedSeed(1) } }], {
      createMissingUsers: true,
    });
    const password = 'a correct horse of staples';
    const actor = actorIn(poolId);
    const { pieces } = await services.exporter.begin(actor, { ...requestFor('pskc'), password });
    let content = '';
    for await (const piece of pieces) content += piece;
    const { jobId } = await upload(opened, content);
    expect(await run(opened, jobId)).toMatchObject({ state: 'failed', outcome: { code: 'source_secret_needed' } });
    const wrong = await run(opened, jobId, {}, 'another password entirely');
    expect(wrong).toMatchObject({ state: 'failed', outcome: { code: 'source_secret_wrong' } });
    const done = await resume(opened, jobId, {}, password);
    expect(done).toMatchObject({ state: 'finished', counts: { unchanged: 1, failed: 0 } });
    const rows = JSON.stringify(await runSql(opened.database, 'select * from import_job'));
    expect(rows).not.toContain(password);
  });
});
