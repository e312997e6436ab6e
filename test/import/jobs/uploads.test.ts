import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { uploadDirectory } from '../../../src/config.ts';
import type { ImportJobsService } from '../../../src/import/jobs/create-import-jobs.ts';
import { deleteExpired as deleteExpiredNow } from '../../../src/import/jobs/delete-expired.ts';
import { DEFAULT_JOB_OPTIONS } from '../../../src/import/jobs/job.ts';
import { createUploads } from '../../../src/import/jobs/uploads.ts';
import { actorIn, openTestServices, runSql, type TestServices } from '../../store/open-services.ts';
import { ENGINES } from '../../support/engines.ts';
import { plantedCode, plantedSeed } from '../../support/planted.ts';
import { insertUsers } from '../importing.ts';
import { inPieces, lines, resume, run, table, undo, upload, work } from './running.ts';

const DAY_MS = 86_400_000;
const ITEM = { userId: 'user', otp: { secret: plantedSeed(1), recoveryCode: plantedCode(1) } };
const CONTENT = lines([ITEM]);
const OTHER_CONTENT = lines([{ userId: 'user', otp: { secret: plantedSeed(2) } }]);

const folderOf = ({ database }: TestServices) => uploadDirectory(database.config);
const filesOf = (opened: TestServices) => readdirSync(folderOf(opened));
const pathOf = (opened: TestServices, jobId: string) => join(folderOf(opened), `${jobId}.file`);
const deleteExpired = ({ services }: TestServices) => (services.importJobs as ImportJobsService).deleteExpired();
const countJobs = async ({ database }: TestServices) =>
  (await runSql(database, 'select job_id from import_job')).length;

describe.each(ENGINES)('an upload: %s', (engine) => {
  it('holds nothing of the file in clear, is for no other account, and goes with the end of the job', async () => {
    await using opened = await openTestServices(engine);
    await insertUsers(opened.services, opened.poolId, ['user']);
    const { jobId } = await upload(opened, CONTENT, { users: table([{ serial: '1', user_id: 'user' }]) });
    expect(filesOf(opened).sort()).toEqual([`${jobId}.file`, `${jobId}.users`]);
    expect(statSync(folderOf(opened)).mode & 0o777).toBe(0o700);
    for (const name of filesOf(opened)) {
      const path = join(folderOf(opened), name);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const bytes = readFileSync(path, 'latin1');
      for (const word of ['user', 'secret', plantedSeed(1), plantedCode(1)]) expect(bytes).not.toContain(word);
    }
    expect((await run(opened, jobId)).state).toBe('finished');
    expect(filesOf(opened)).toEqual([]);
  });

  it.each([
    ['cut off', (path: string) => truncateSync(path, statSync(path).size - 1)],
    ['changed', (path: string) => flip(path)],
    ['emptied', (path: string) => truncateSync(path, 0)],
    ['another one', (path: string, other: string) => copyFileSync(other, path)],
  ])('that was %s on the disk is refused as unreadable, and nothing of it is imported', async (_, spoil) => {
    await using opened = await openTestServices(engine);
    await insertUsers(opened.services, opened.poolId, ['user']);
    const [{ jobId }, other] = [await upload(opened, CONTENT), await upload(opened, CONTENT)];
    spoil(pathOf(opened, jobId), pathOf(opened, other.jobId));
    const job = await run(opened, jobId);
    expect(job).toMatchObject({ state: 'failed', outcome: { code: 'upload_unreadable' }, counts: { items: 0 } });
    expect(await runSql(opened.database, 'select user_id from factor')).toEqual([]);
  });

  it('that is aborted or breaks off leaves nothing', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    async function* breaking() {
      yield Buffer.from(CONTENT);
      throw new Error('the connection is gone');
    }
    await expect(upload(opened, breaking())).rejects.toThrow('the connection is gone');
    const taking = await services.importJobs.beginUpload(actorIn(poolId), {});
    await taking.file(inPieces(CONTENT));
    await taking.abort();
    await taking.abort();
    await expect(upload(opened, '')).rejects.toMatchObject({ code: 'source_empty' });
    expect(filesOf(opened)).toEqual([]);
    expect(await countJobs(opened)).toBe(0);
  });

  it('is no job before its end', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const taking = await services.importJobs.beginUpload(actorIn(poolId), {});
    await expect(taking.finish()).rejects.toMatchObject({ code: 'upload_incomplete' });
    await taking.file(inPieces(CONTENT));
    expect(await services.importJobs.list(poolId, { limit: 10 })).toEqual([]);
    const { job } = await taking.finish();
    expect((await services.importJobs.list(poolId, { limit: 10 })).map(({ jobId }) => jobId)).toEqual([job.jobId]);
  });

  it('beyond the limit is refused', async () => {
    await using opened = await openTestServices(engine, { settings: { FACTORPORT_UPLOAD_MAX_MIB: '1' } });
    const large = inPieces(Buffer.alloc(1024 * 1024 + 1, 'a'));
    await expect(upload(opened, large)).rejects.toMatchObject({ code: 'upload_too_large' });
    expect(filesOf(opened)).toEqual([]);
  });

  it('is deleted a day later, run or not, also where its process was killed, and what lies there for no job', async () => {
    let now = Date.now();
    await using opened = await openTestServices(engine, { clock: () => now });
    const { services, poolId } = opened;
    const waiting = await upload(opened, CONTENT);
    // As if the process had been killed here.
    const killed = await services.importJobs.beginUpload(actorIn(poolId), {});
    await killed.file(inPieces(CONTENT));
    writeFileSync(join(folderOf(opened), `${'0'.repeat(24)}.file`), 'of another database');
    now += DAY_MS - 60_000;
    await deleteExpired(opened);
    expect(filesOf(opened)).toHaveLength(3);
    now += 120_000;
    await deleteExpired(opened);
    expect(filesOf(opened)).toEqual([]);
    expect(await countJobs(opened)).toBe(1);
    expect((await services.importJobs.get(poolId, waiting.jobId)).uploadExpiresAt).toBeUndefined();
    await expect(run(opened, waiting.jobId)).rejects.toMatchObject({ code: 'import_job_expired' });
  });

  it('is deleted a day later by the next upload, where no server runs that would do it', async () => {
    let now = Date.now();
    await using opened = await openTestServices(engine, { clock: () => now });
    await upload(opened, CONTENT);
    now += DAY_MS + 60_000;
    const { jobId } = await upload(opened, CONTENT);
    expect(filesOf(opened)).toEqual([`${jobId}.file`]);
  });

  it('is deleted here, too, after another server with a disk of its own has found that its time was over', async () => {
    await using opened = await openTestServices(engine);
    const { jobId } = await upload(opened, CONTENT);
    await runSql(opened.database, 'update import_job set upload_expires_at = null where job_id = $1', [jobId]);
    await deleteExpired(opened);
    expect(filesOf(opened)).toEqual([]);
  });
});

describe.each(ENGINES)('what is over is looked for beside what begins anew: %s', (engine) => {
  /** Deletes what is over a month from now, by the clock of a server that is ahead; `meanwhile` comes after the look. */
  async function deleteAfterLook(
    { services, database }: TestServices,
    name: 'withExpiredUpload' | 'withExpiredUndo',
    meanwhile: () => Promise<unknown>,
  ) {
    const { importJobs, ...queries } = services.store.read;
    const look = async (now: number) => {
      const rows = await importJobs[name](now);
      await meanwhile();
      return rows;
    };
    const read = { ...queries, importJobs: { ...importJobs, [name]: look } };
    const store = { ...services.store, read };
    const uploads = createUploads(uploadDirectory(database.config));
    await deleteExpiredNow({ store, uploads, clock: () => Date.now() + 31 * DAY_MS });
  }

  it('the upload of a job that has been started stays', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await insertUsers(services, poolId, ['user']);
    const { jobId } = await upload(opened, CONTENT);
    await deleteAfterLook(opened, 'withExpiredUpload', () =>
      services.importJobs.run(actorIn(poolId), jobId, DEFAULT_JOB_OPTIONS),
    );
    expect(await work(opened, jobId)).toMatchObject({ state: 'finished', counts: { added: 1 } });
  });

  it('what users had before a job that is being undone stays, and they get it back', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await insertUsers(services, poolId, ['user']);
    const [first, second] = [await upload(opened, CONTENT), await upload(opened, OTHER_CONTENT)];
    await run(opened, first.jobId);
    await run(opened, second.jobId);
    await deleteAfterLook(opened, 'withExpiredUndo', () => services.importJobs.undo(actorIn(poolId), second.jobId));
    expect(await work(opened, second.jobId)).toMatchObject({ state: 'undone', undo: { restored: 1, removed: 0 } });
  });
});

describe.each(ENGINES)('an idempotency key: %s', (engine) => {
  it('gives the same job for the same content, and is refused for another', async () => {
    await using opened = await openTestServices(engine);
    const first = await upload(opened, CONTENT, { idempotencyKey: 'key' });
    expect((await upload(opened, CONTENT, { idempotencyKey: 'key' })).jobId).toBe(first.jobId);
    const conflict = { code: 'idempotency_conflict' };
    await expect(upload(opened, `${CONTENT} `, { idempotencyKey: 'key' })).rejects.toMatchObject(conflict);
    const users = 'serial,user\n';
    await expect(upload(opened, CONTENT, { idempotencyKey: 'key', users })).rejects.toMatchObject(conflict);
    expect((await upload(opened, CONTENT, { idempotencyKey: 'other' })).jobId).not.toBe(first.jobId);
    expect(await countJobs(opened)).toBe(2);
    expect(filesOf(opened)).toHaveLength(2);
  });

  it('makes one job of uploads at once', async () => {
    await using opened = await openTestServices(engine);
    const jobs = await Promise.all([1, 2, 3, 4].map(() => upload(opened, CONTENT, { idempotencyKey: 'key' })));
    expect(new Set(jobs.map(({ jobId }) => jobId)).size).toBe(1);
    expect(await countJobs(opened)).toBe(1);
    expect(filesOf(opened)).toHaveLength(1);
  });

  it('is still known after the job has run and its upload is gone', async () => {
    await using opened = await openTestServices(engine);
    await insertUsers(opened.services, opened.poolId, ['user']);
    const { jobId } = await upload(opened, CONTENT, { idempotencyKey: 'key' });
    await run(opened, jobId);
    await undo(opened, jobId);
    expect(await upload(opened, CONTENT, { idempotencyKey: 'key' })).toMatchObject({ jobId, state: 'undone' });
  });
});

describe.each(ENGINES)('a file that is damaged half way: %s', (engine) => {
  it('fails with its reason after what stands before has its answer, and a mended limit changes nothing of it', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    await insertUsers(services, poolId, ['a', 'b']);
    const items = ['a', 'b', 'c'].map((userId, index) => ({ userId, otp: { secret: plantedSeed(index) } }));
    const whole = JSON.stringify({ list: items });
    const { jobId } = await upload(opened, whole.slice(0, whole.lastIndexOf('"c"')));
    const job = await run(opened, jobId);
    expect(job).toMatchObject({ state: 'failed', counts: { items: 2, added: 2 } });
    expect(job.outcome?.code).toMatch(/^source_/);
    expect(await resume(opened, jobId, { maxErrors: 3 })).toMatchObject({ state: 'failed', counts: { items: 2 } });
    for (const change of [{ dryRun: true }, { match: 'email' as const }]) {
      await expect(resume(opened, jobId, change)).rejects.toMatchObject({ code: 'resume_options' });
    }
    await expect(run(opened, jobId)).rejects.toMatchObject({ code: 'import_job_state' });
    expect((await undo(opened, jobId)).undo.removed).toBe(2);
  });
});

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 3] = (bytes[bytes.length - 3] as number) ^ 1;
  writeFileSync(path, bytes);
}
