import { describe, expect, it } from 'vitest';
import type { ImportJobsService } from '../../../src/import/jobs/create-import-jobs.ts';
import { actorIn, openTestServices, runSql, type TestServices } from '../../store/open-services.ts';
import { ENGINES } from '../../support/engines.ts';
import { plantedCode, plantedSeed } from '../../support/planted.ts';
import { openTestVerifier, PERIOD_MS, START, USER } from '../../verify/open-verifier.ts';
import { importItems, insertUsers } from '../importing.ts';
import { importFile, lines, run, runPart, table, undo, upload, work } from './running.ts';

const DAY_MS = 86_400_000;

/** Everything that users have, but for seals, which are made anew. */
async function everything({ database }: Pick<TestServices, 'database'>) {
  const factors = await runSql(
    database,
    `select user_id, factor_id, type, algorithm, digits, period_seconds, counter, last_step, failures, import_id, source
       from factor order by user_id`,
  );
  const codes = await runSql(
    database,
    'select user_id, code_id, factor_id, origin, hardening, used_at from recovery_code order by user_id, code_id',
  );
  const users = await runSql(database, 'select user_id, profile from app_user order by user_id');
  const identifiers = await runSql(database, 'select type, value, user_id from user_identifier order by type, value');
  return { factors, codes, users, identifiers };
}

const totp = (userId: string, seed: number, more: object = {}) => ({
  userId,
  otp: { secret: plantedSeed(seed), ...more },
});

describe.each(ENGINES)('undoing a job: %s', (engine) => {
  it('gives back exactly what each user had: factors, parameters, codes, and takes away what it created', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const before = [
      totp('replaced', 1, { digits: 8, period: 60, algorithm: 'SHA256', recoveryCodes: [1, 2].map(plantedCode) }),
      totp('token', 2, { type: 'hotp', counter: 7 }),
      totp('same', 3, { recoveryCode: plantedCode(3) }),
      totp('codes', 4, { recoveryCodes: [4, 5].map(plantedCode) }),
      totp('no-codes', 5),
      totp('mended', 6),
      totp('apart', 7),
    ];
    await importItems(services, poolId, before, { createMissingUsers: true });
    await insertUsers(services, poolId, ['bare']);
    const state = await everything(opened);
    const job = await importFile(
      opened,
      lines([
        totp('replaced', 11, { recoveryCode: plantedCode(11) }),
        totp('token', 12),
        before[2] as object,
        totp('codes', 4, { recoveryCode: plantedCode(14) }),
        totp('no-codes', 5, { recoveryCode: plantedCode(15) }),
        totp('mended', 6, { digits: 8 }),
        totp('bare', 17, { recoveryCode: plantedCode(17) }),
        totp('new', 18, { type: 'hotp', counter: 5, recoveryCode: plantedCode(18) }),
      ]),
      { createUsers: true },
    );
    expect(job.counts).toMatchObject({ added: 2, replaced: 3, unchanged: 3, usersCreated: 1, failed: 0 });
    const undone = await undo(opened, job.jobId);
    expect(undone.state).toBe('undone');
    expect(undone.undo).toEqual({ restored: 5, removed: 2, usersDeleted: 1, changedSince: 0 });
    expect(await everything(opened)).toEqual(state);
    const seeds = await runSql(opened.database, 'select * from previous_factor');
    expect([...seeds, ...(await runSql(opened.database, 'select * from previous_recovery_code'))]).toEqual([]);
    // The same again has the same effect again.
    const again = await importFile(opened, lines([totp('replaced', 11), totp('new', 18)]), { createUsers: true });
    expect(again.counts).toMatchObject({ added: 1, replaced: 1, failed: 0 });
  });

  it('leaves alone who has changed since: reset, another import, codes issued or imported anew', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const names = ['reset', 'other', 'issued', 'given', 'untouched'];
    await importItems(
      services,
      poolId,
      names.map((name, index) => totp(name, index)),
      { createMissingUsers: true },
    );
    const job = await importFile(opened, lines(names.map((name, index) => totp(name, 10 + index))));
    const first = await importFile(opened, lines([totp('first', 30)]), { createUsers: true });
    const actor = actorIn(poolId);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await services.factors.reset(actor, 'reset');
    await importItems(services, poolId, [totp('other', 21)]);
    await services.factors.issueRecoveryCodes(actor, 'issued', 3);
    await importItems(services, poolId, [totp('given', 13, { recoveryCode: plantedCode(1) })]);
    await importItems(services, poolId, [totp('first', 30, { recoveryCode: plantedCode(2) })]);
    const state = await everything(opened);
    expect((await undo(opened, job.jobId)).undo).toMatchObject({ restored: 1, removed: 0, changedSince: 4 });
    expect((await undo(opened, first.jobId)).undo).toMatchObject({ removed: 0, usersDeleted: 0, changedSince: 1 });
    const after = await everything(opened);
    const others = (rows: readonly { user_id?: unknown }[]) => rows.filter((row) => row.user_id !== 'untouched');
    expect(others(after.factors)).toEqual(others(state.factors));
    expect(others(after.codes)).toEqual(others(state.codes));
  });

  it('never makes a used code good again, nor moves a counter back', async () => {
    await using verifier = await openTestVerifier(engine);
    const { opened } = verifier;
    expect(await verifier.verify(verifier.code())).toBe('accepted');
    verifier.now += PERIOD_MS;
    const other = await importFile(opened, lines([totp(USER, 961)]));
    expect(await verifier.verify(verifier.code(0, 961))).toBe('accepted');
    expect((await undo(opened, other.jobId)).undo.restored).toBe(1);
    // Of this moment a code was used already, with the seed of the job.
    expect(await verifier.verify(verifier.code())).toBe('code_wrong');
    verifier.now += PERIOD_MS;
    expect(await verifier.verify(verifier.code())).toBe('accepted');
    const used = verifier.code();
    const again = await importFile(opened, lines([totp(USER, 960, { digits: 8 })]));
    await undo(opened, again.jobId);
    expect(await verifier.verify(used)).toBe('code_wrong');
  });

  it('leaves a user who has redeemed a code of the job as they are, and no code redeemed is good again', async () => {
    await using verifier = await openTestVerifier(engine);
    const { opened } = verifier;
    const item = totp(USER, 960, { recoveryCodes: [1, 2].map(plantedCode) });
    const job = await importFile(opened, lines([item]));
    await verifier.redeem(plantedCode(1));
    expect((await undo(opened, job.jobId)).undo).toMatchObject({ restored: 0, changedSince: 1 });
    await importFile(opened, lines([item]));
    expect(await verifier.verify(plantedCode(1))).not.toBe('accepted');
  });

  it('keeps a created user who has signed in, without a factor, and what they used stays used', async () => {
    await using verifier = await openTestVerifier(engine);
    const { opened } = verifier;
    const content = table([{ username: 'eva', secret: plantedSeed(970) }]);
    const options = { match: 'username', createUsers: true } as const;
    const job = await importFile(opened, content, options);
    const [row] = await runSql(opened.database, `select user_id from user_identifier where value = 'eva'`);
    const userId = row?.user_id as string;
    const verify = (code: string) => opened.services.verifier.verify(actorIn(opened.poolId), userId, code);
    await verify(verifier.code(0, 970));
    expect((await undo(opened, job.jobId)).undo).toMatchObject({ removed: 1, usersDeleted: 0 });
    expect((await importFile(opened, content, options)).counts).toMatchObject({ added: 1, usersCreated: 0 });
    await expect(verify(verifier.code(0, 970))).rejects.toMatchObject({ code: 'code_wrong' });
  });

  it('that was left half way is gone on with by asking for it again, where no server would do it', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const { jobId } = await importFile(opened, lines([totp('one', 1), totp('two', 2)]), { createUsers: true });
    await services.importJobs.undo(actorIn(poolId), jobId);
    const left = await services.importJobs.work(poolId, jobId, AbortSignal.abort());
    expect(left.state).toBe('undoing');
    expect(await undo(opened, jobId)).toMatchObject({ state: 'undone', undo: { removed: 2, usersDeleted: 2 } });
    await expect(undo(opened, jobId)).rejects.toMatchObject({ code: 'import_job_state' });
  });

  it('works after a rotation of the seal keys between the job and its undoing', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await importItems(services, poolId, [totp('user', 1, { recoveryCode: plantedCode(1) })], {
      createMissingUsers: true,
    });
    const job = await importFile(opened, lines([totp('user', 2, { recoveryCode: plantedCode(2) })]));
    await rotate(opened);
    expect((await undo(opened, job.jobId)).undo.restored).toBe(1);
    const again = await importFile(opened, lines([totp('user', 1, { recoveryCode: plantedCode(1) })]));
    expect(again.counts).toMatchObject({ unchanged: 1, replaced: 0 });
  });

  it('expires with what was kept for it', async () => {
    let now = START;
    await using opened = await openTestServices(engine, { clock: () => now });
    const { services, poolId } = opened;
    await importItems(services, poolId, [totp('user', 1)], { createMissingUsers: true });
    const job = await importFile(opened, lines([totp('user', 2)]));
    const days = ((job.undoableUntil as number) - START) / DAY_MS;
    expect(days).toBe(services.config.undoDays);
    now += days * DAY_MS;
    await expect(undo(opened, job.jobId)).rejects.toMatchObject({ code: 'import_undo_expired' });
    await deleteExpired(opened);
    expect(await runSql(opened.database, 'select * from previous_factor')).toEqual([]);
    expect((await services.importJobs.get(poolId, job.jobId)).undoableUntil).toBeUndefined();
  });

  it('keeps nothing of what users had where it is set to no days', async () => {
    await using opened = await openTestServices(engine, { settings: { FACTORPORT_UNDO_DAYS: '0' } });
    const { services, poolId } = opened;
    await importItems(services, poolId, [totp('user', 1)], { createMissingUsers: true });
    const job = await importFile(opened, lines([totp('user', 2)]));
    await expect(undo(opened, job.jobId)).rejects.toMatchObject({ code: 'import_undo_expired' });
    await deleteExpired(opened);
    expect(await runSql(opened.database, 'select * from previous_factor')).toEqual([]);
  });

  it('goes on where it was after the process that undid is gone', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const items = Array.from({ length: 1_500 }, (_, index) => totp(`user ${index}`, index % 50));
    const job = await importFile(opened, lines(items), { createUsers: true });
    await services.importJobs.undo(actorIn(poolId), job.jobId);
    const stopping = new AbortController();
    await services.importJobs.work(poolId, job.jobId, stopping.signal, () => stopping.abort());
    const undone = await work(opened, job.jobId);
    expect(undone).toMatchObject({ state: 'undone', undo: { removed: 1_500, usersDeleted: 1_500, changedSince: 0 } });
    expect(await runSql(opened.database, 'select user_id from app_user')).toEqual([]);
  });

  it('passes over users whose seals are broken, of before or of the job', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const names = ['a', 'b', 'c', 'd'];
    await importItems(
      services,
      poolId,
      names.map((name, index) => totp(name, index)),
      { createMissingUsers: true },
    );
    const job = await importFile(opened, lines(names.map((name, index) => totp(name, 10 + index))));
    await breakSeal(opened, 'previous_factor', 'a');
    await breakSeal(opened, 'factor', 'b');
    expect((await undo(opened, job.jobId)).undo).toMatchObject({ restored: 3, changedSince: 1 });
  });

  it('of a part of a file lets the job run again from the beginning, which undoes only what it did itself', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const items = Array.from({ length: 10_000 }, (_, index) => totp(`user ${index}`, index % 50));
    items[0] = totp('user 0', 0, { recoveryCode: plantedCode(1) });
    const { jobId } = await upload(opened, lines(items));
    const stopped = await runPart(opened, jobId, { createUsers: true });
    expect(stopped.state).toBe('stopped');
    await services.factors.issueRecoveryCodes(actorIn(poolId), 'user 0', 3);
    const { undo: counts } = await undo(opened, jobId);
    expect(counts).toMatchObject({ removed: stopped.counts.added - 1, changedSince: 1 });
    const again = await run(opened, jobId, { createUsers: true });
    expect(again.counts).toMatchObject({ added: 9_999, unchanged: 1, usersCreated: 9_999, failed: 0 });
    expect((await undo(opened, jobId)).undo).toMatchObject({ removed: 9_999, restored: 0 });
    expect(await services.factors.countRecoveryCodes(poolId, 'user 0')).toBe(3);
  });
});

async function breakSeal({ database }: TestServices, name: 'factor' | 'previous_factor', userId: string) {
  const column = database.engine === 'postgres' ? `decode('00', 'hex')` : `x'00'`;
  await runSql(database, `update ${name} set sealed_seed = ${column} where user_id = $1`, [userId]);
}

async function deleteExpired({ services }: TestServices): Promise<void> {
  await (services.importJobs as ImportJobsService).deleteExpired();
}

async function rotate({ services, poolId }: TestServices): Promise<void> {
  await services.vaultKeys.rotate(actorIn(poolId));
  await services.vaultKeys.finishRotation();
}
