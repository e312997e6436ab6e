import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFactorSeed } from '../../../src/factors/open-factor-seed.ts';
import type { ImportJob, JobOptions } from '../../../src/import/jobs/job.ts';
import { openTestServices, runSql } from '../../store/open-services.ts';
import { ENGINES } from '../../support/engines.ts';
import { plantedCode, plantedSeed } from '../../support/planted.ts';
import { importFile, openSplit, report, run, table, upload, work } from './running.ts';

const USERS = ['ann', 'ben', 'carl', 'dora', 'ema'];

/** Items of few users, so that most of them meet again, and of fewer addresses. */
const item = fc.record({
  username: fc.constantFrom(...USERS),
  email: fc.constantFrom('', '', 'one@example.com', 'two@example.com'),
  phone: fc.constantFrom('', '', '13800000001', '+8613800000001'),
  secret: fc.oneof({ weight: 5, arbitrary: fc.nat(3).map(plantedSeed) }, fc.constantFrom('', '!!')),
  recovery_code: fc.oneof(fc.constant(''), fc.nat(2).map(plantedCode)),
  digits: fc.constantFrom('6', '6', '8'),
});
const cases = fc.record({
  before: fc.array(item, { maxLength: 4 }),
  items: fc.array(item, { minLength: 1, maxLength: 24 }),
  onExisting: fc.constantFrom('replace' as const, 'skip' as const, 'fail' as const),
  createUsers: fc.boolean(),
  sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 }),
});

type Split = Awaited<ReturnType<typeof openSplit>>;

const outcome = ({ state, counts, format }: ImportJob) => ({ state, format, counts: { ...counts, proven: 0 } });

/** What every user has, by the names of the file: ids are another in each pool. */
async function stateOf({ services, database, poolId }: Split) {
  const users = await runSql(
    database,
    `select value, user_id from user_identifier where pool_id = $1 and type = 'username' order by value`,
    [poolId],
  );
  const state = [];
  for (const { value, user_id } of users as { value: string; user_id: string }[]) {
    const factor = await services.store.read.factors.find(poolId, user_id);
    const names = await runSql(
      database,
      'select type, value from user_identifier where pool_id = $1 and user_id = $2 order by type',
      [poolId, user_id],
    );
    const codes = await services.factors.countRecoveryCodes(poolId, user_id).catch(() => 0);
    const seed = factor && Buffer.from(openFactorSeed(services.vault, factor).bytes).toString('hex');
    state.push({ value, seed, digits: factor?.digits, codes, names: names.map((name) => ({ ...name })) });
  }
  return state;
}

async function everything(split: Split, job: ImportJob) {
  return { job: outcome(job), report: await report(split, job.jobId), state: await stateOf(split) };
}

describe.each(ENGINES)('the same file cut into batches in whatever way: %s', (engine) => {
  it('has the same result and report, as its dry run says, also when it is stopped and resumed', async () => {
    await using opened = await openTestServices(engine);
    const property = fc.asyncProperty(cases, async ({ before, items, onExisting, createUsers, sizes }) => {
      const options: Partial<JobOptions> = {
        ...{ match: 'username', createUsers, onExisting, maxErrorShare: 1 },
        encoding: 'base32',
      };
      const content = table([...items, { username: 'last', secret: plantedSeed(9) }]);
      const prepared = async (split: Split) => {
        if (before.length > 0) {
          await importFile(split, table(before), { ...options, createUsers: true, onExisting: 'skip' });
        }
        return split;
      };
      const whole = await prepared(await openSplit(opened, [1_000]));
      const expected = await everything(whole, await importFile(whole, content, options));
      expect(expected.job.state).toBe('finished');

      const split = await prepared(await openSplit(opened, sizes));
      const { jobId } = await upload(split, content);
      const untouched = await stateOf(split);
      const rehearsed = await run(split, jobId, { ...options, dryRun: true });
      expect(outcome(rehearsed).counts).toEqual(expected.job.counts);
      expect(await report(split, jobId)).toEqual(expected.report);
      expect(await stateOf(split)).toEqual(untouched);
      expect(await everything(split, await run(split, jobId, options))).toEqual(expected);

      const stopped = await prepared(await openSplit(opened, sizes));
      expect(await everything(stopped, await runInStops(stopped, content, options))).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 6 });
  }, 120_000);
});

/** Stops at each batch and goes on. */
async function runInStops(split: Split, content: string, options: Partial<JobOptions>): Promise<ImportJob> {
  const { services, poolId } = split;
  const actor = { poolId, id: 'test', address: '', requestId: 'test' };
  const { jobId, options: usual } = await upload(split, content);
  await services.importJobs.run(actor, jobId, { ...usual, ...options });
  for (;;) {
    const stopping = new AbortController();
    const job = await services.importJobs.work(poolId, jobId, stopping.signal, () => stopping.abort());
    if (job.state === 'finished') return job;
    expect(job.state).toBe('stopped');
    await services.importJobs.resume(actor, jobId);
    if (job.counts.items > 8) return work(split, jobId);
  }
}
