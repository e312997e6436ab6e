import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ImportJobsService } from '../../../src/import/jobs/create-import-jobs.ts';
import { DEFAULT_JOB_OPTIONS } from '../../../src/import/jobs/job.ts';
import { THIS_PROCESS } from '../../../src/import/jobs/process-identity.ts';
import type { Store } from '../../../src/store/store.ts';
import { rotate } from '../../rotation/population.ts';
import { actorIn, openTestServices, runSql, type TestServices } from '../../store/open-services.ts';
import { ENGINES } from '../../support/engines.ts';
import { plantedSeed } from '../../support/planted.ts';
import { insertUsers } from '../importing.ts';
import { lines, NEVER, reasons, report, run, upload, work } from './running.ts';

const COUNT = 12_000;
const ITEMS = Array.from({ length: COUNT }, (_, index) => ({
  userId: `user ${index}`,
  otp: { secret: index % 100 === 7 ? 'x' : plantedSeed(index % 50) },
}));
const BAD = COUNT / 100;

async function start(opened: TestServices): Promise<string> {
  const { jobId } = await upload(opened, lines(ITEMS));
  const options = { ...DEFAULT_JOB_OPTIONS, createUsers: true };
  await opened.services.importJobs.run(actorIn(opened.poolId), jobId, options);
  return jobId;
}

/** Nothing lost and nothing twice. */
async function expectDone(opened: TestServices, jobId: string): Promise<void> {
  const job = await opened.services.importJobs.get(opened.poolId, jobId);
  expect(job).toMatchObject({ state: 'finished', counts: { items: COUNT, added: COUNT - BAD, failed: BAD } });
  expect((await report(opened, jobId)).map((row) => row.sequence)).toEqual(
    Array.from({ length: BAD }, (_, index) => index + 1),
  );
  const [row] = await runSql(opened.database, 'select count(*) as n from factor where import_id = $1', [jobId]);
  expect(Number(row?.n)).toBe(COUNT - BAD);
}

const runnersOf = ({ services }: TestServices) => (services.importJobs as ImportJobsService).runners;
const rowOf = async ({ database }: TestServices, jobId: string) =>
  (await runSql(database, 'select runner, heartbeat, position_items from import_job where job_id = $1', [jobId]))[0];

/** Keeps the transactions of a store waiting, as a process does that was stopped or thrashes. */
function stall(store: Store): { isHeld(): boolean; release(): void } {
  const released = Promise.withResolvers<void>();
  const transaction = store.transaction.bind(store);
  let held = 0;
  (store as { transaction: Store['transaction'] }).transaction = async (act, lane) => {
    held++;
    await released.promise;
    return transaction(act, lane);
  };
  return {
    isHeld: () => held > 0,
    release: () => {
      (store as { transaction: Store['transaction'] }).transaction = transaction;
      released.resolve();
    },
  };
}

describe.each(ENGINES)('two processes on one database: %s', (engine) => {
  it('one takes over within seconds from the other that stalls, whose late writes are refused', async () => {
    await using first = await openTestServices(engine);
    await using second = await openTestServices(engine, { database: first.database });
    const jobId = await start(first);
    let stalled: ReturnType<typeof stall> | undefined;
    const working = first.services.importJobs.work(first.poolId, jobId, NEVER, () => {
      stalled ??= stall(first.services.store);
    });
    while (stalled?.isHeld() !== true) await setTimeout(5);
    await second.services.importJobs.work(second.poolId, jobId, NEVER);
    await expectDone(second, jobId);
    stalled.release();
    expect((await working).state).toBe('finished');
    await expectDone(first, jobId);
  }, 90_000);

  it('nobody takes a job from one that is at it, by hand or in the background', async () => {
    await using first = await openTestServices(engine);
    await using second = await openTestServices(engine, { database: first.database });
    const jobId = await start(first);
    const runners = new Set<unknown>();
    const works = [first, second, second].map((opened) => work(opened, jobId));
    const background = [runnersOf(first).takeNext(NEVER), runnersOf(second).takeNext(NEVER)];
    let done = false;
    const all = Promise.all([...works, ...background]).finally(() => {
      done = true;
    });
    while (!done) {
      const row = await rowOf(first, jobId);
      if (row?.runner) runners.add(row.runner);
      await setTimeout(20);
    }
    await all;
    expect(runners.size).toBeLessThanOrEqual(1);
    await expectDone(first, jobId);
  }, 90_000);

  it('one that is closed in order hands its job over at once', async () => {
    await using first = await openTestServices(engine);
    await using second = await openTestServices(engine, { database: first.database });
    const jobId = await start(first);
    const closing = new AbortController();
    const taking = runnersOf(first).takeNext(closing.signal);
    while (Number((await rowOf(second, jobId))?.position_items) === 0) await setTimeout(5);
    closing.abort();
    expect(await taking).toBe(true);
    const row = await rowOf(second, jobId);
    expect(row?.runner).toBeNull();
    expect(await runnersOf(second).takeNext(NEVER)).toBe(true);
    await expectDone(second, jobId);
    expect(first.backgroundErrors).toEqual([]);
  }, 90_000);

  it('a stop that was asked of a process that is gone is done by the next, even without the upload', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    const jobId = await start(opened);
    const place = THIS_PROCESS.slice(0, THIS_PROCESS.lastIndexOf(':'));
    await runSql(database, 'update import_job set runner = $1 where job_id = $2', [`${place}:4194305:x`, jobId]);
    await services.importJobs.cancel(actorIn(poolId), jobId);
    expect((await services.importJobs.get(poolId, jobId)).state).toBe('running');
    expect(await runnersOf(opened).takeNext(NEVER)).toBe(true);
    const job = await services.importJobs.get(poolId, jobId);
    expect(job).toMatchObject({ state: 'stopped', outcome: { code: 'stopped_by_request' }, counts: { items: 0 } });
  });

  it('of another machine or container is taken over only after it has shown no sign of life for some time', async () => {
    await using opened = await openTestServices(engine);
    const jobId = await start(opened);
    await runSql(opened.database, `update import_job set runner = 'elsewhere:1:x' where job_id = $1`, [jobId]);
    expect(await runnersOf(opened).takeNext(NEVER)).toBe(false);
    await work(opened, jobId);
    await expectDone(opened, jobId);
  }, 60_000);
});

describe.each(ENGINES)('a job beside other things: %s', (engine) => {
  it('goes on through a rotation of the seal keys, and nothing is left under a retired key', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId } = opened;
    const jobId = await start(opened);
    const { lendKeys } = services.vault;
    let lent = 0;
    (services.vault as { lendKeys: typeof lendKeys }).lendKeys = (keyId) => {
      lent++;
      return lendKeys(keyId);
    };
    let rotating: Promise<unknown> | undefined;
    await services.importJobs.work(poolId, jobId, NEVER, () => {
      rotating ??= rotate(services, poolId);
    });
    expect(await rotating).toBe('finished');
    await expectDone(opened, jobId);
    const { rotation } = await services.vaultKeys.status();
    expect(rotation).toMatchObject({ broken: 0 });
    // What had been sealed ahead was sealed again.
    expect(lent).toBeGreaterThan(1);
    // The first items again: each is recognised, so each opens.
    const again = await upload(opened, lines(ITEMS.slice(0, 500)));
    expect((await run(opened, again.jobId)).counts).toMatchObject({ unchanged: 495, failed: 5 });
  }, 60_000);

  it('tells of users whose stored seals are broken, and imports the others', async () => {
    await using opened = await openTestServices(engine);
    const { poolId, services, database } = opened;
    const names = ['a', 'b', 'c'];
    await insertUsers(services, poolId, names);
    const items = names.map((userId, index) => ({ userId, otp: { secret: plantedSeed(index) } }));
    await run(opened, (await upload(opened, lines(items))).jobId);
    const zero = engine === 'postgres' ? `decode('00', 'hex')` : `x'00'`;
    await runSql(database, `update factor set sealed_seed = ${zero} where user_id = 'b'`);
    const { jobId } = await upload(opened, lines(items.map((item) => ({ ...item, otp: { secret: plantedSeed(9) } }))));
    expect(await run(opened, jobId)).toMatchObject({ state: 'finished', counts: { replaced: 2, failed: 1 } });
    expect(await reasons(opened, jobId)).toEqual(['2 stored_broken']);
  });

  it.runIf(engine === 'postgres')(
    'goes on after the database was away',
    async () => {
      await using opened = await openTestServices(engine);
      const { database } = opened;
      const jobId = await start(opened);
      const runners = runnersOf(opened);
      const end = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'factorport' and datname = current_database()`;
      let failures = 0;
      const taking = runners.takeNext(NEVER);
      let isLost = false;
      taking.catch(() => {
        isLost = true;
      });
      while (Number((await rowOf(opened, jobId).catch(() => undefined))?.position_items ?? 0) === 0)
        await setTimeout(5);
      // Once may fall between two statements, when no connection is in use.
      while (!isLost) await runSql(database, end);
      for (let next = taking; ; next = runners.takeNext(NEVER)) {
        await next.catch((error) => {
          expect(error).toMatchObject({ code: 'unavailable' });
          failures++;
        });
        const { state } = await opened.services.importJobs.get(opened.poolId, jobId).catch(() => ({ state: '' }));
        if (state === 'finished') break;
        expect(['running', '']).toContain(state);
        await setTimeout(200);
      }
      expect(failures).toBeGreaterThan(0);
      await expectDone(opened, jobId);
    },
    60_000,
  );
});
