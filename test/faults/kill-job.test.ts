import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { openFactorSeed } from '../../src/factors/open-factor-seed.ts';
import { ndjson } from '../../src/generate/formats/authing.ts';
import { generate } from '../../src/generate/generate.ts';
import { createRows, type RowSettings } from '../../src/generate/rows.ts';
import { DEFAULT_JOB_OPTIONS, type ImportJob, type ReportRow } from '../../src/import/jobs/job.ts';
import { importItems } from '../import/importing.ts';
import { report, upload, work } from '../import/jobs/running.ts';
import { actorIn, openTestServices, type Row, runSql, type TestServices } from '../store/open-services.ts';
import { artifactFolder } from '../support/artifacts.ts';
import { createTestDatabase, ENGINES, type TestDatabase } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';

/** A hundred take some minutes an engine: FACTORPORT_KILLS=100. */
const KILLS = Number(process.env.FACTORPORT_KILLS ?? 30);
const ROWS = 200_000;
/** Users who come once more at the end of the file, far from where they were first. */
const FAR_DUPLICATES = 500;
/** Users who have something before. */
const EXISTING = 1_000;
const SETTINGS: RowSettings = {
  ...{ seed: 'kill', badShare: 0.03, hotpShare: 0.1, recoveryCodes: 1 },
  userPrefix: 'user-',
};
/** A kill comes so many milliseconds after the process was told to begin, at most; adapted to how fast the machine is. */
const FIRST_WINDOW_MS = 900;

/** What is left at the end, as far as it must not depend on what happened on the way. */
interface Remains {
  readonly job: Pick<ImportJob, 'state' | 'counts' | 'format'>;
  readonly report: readonly ReportRow[];
  /** Of users, parameters, counters and seeds in clear, in the order of user ids. */
  readonly factors: string;
  readonly codes: string;
  readonly users: string;
  readonly previous: string;
}

let undisturbed: Remains;

beforeAll(async () => {
  const database = await createTestDatabase('sqlite');
  const { jobId } = await prepare(database);
  await using opened = await openTestServices('sqlite', { database });
  await work(opened, jobId);
  undisturbed = await remainsOf(opened, jobId);
}, 120_000);

describe.each(ENGINES)('a job of 200,000 rows whose process is killed again and again: %s', (engine) => {
  it('ends as one that nobody disturbed, with nothing lost and nothing twice', { timeout: 400_000 }, async () => {
    const database = await createTestDatabase(engine);
    const { poolId, jobId } = await prepare(database);
    const tally = await killAgainAndAgain(database, poolId, jobId);
    await using opened = await openTestServices(engine, { database });
    await work(opened, jobId);
    const remains = await remainsOf(opened, jobId);
    console.log(`${engine}, ${KILLS} kills: ${JSON.stringify(tally)}`);
    expect(remains.job).toEqual(undisturbed.job);
    for (const part of ['users', 'codes', 'factors', 'previous'] as const) {
      expect(remains[part], part).toEqual(undisturbed[part]);
    }
    expect(remains.report).toEqual(undisturbed.report);
    expect(remains.job.counts.duplicates).toBeGreaterThan(FAR_DUPLICATES);
    expect(tally.interrupted).toBeGreaterThan(KILLS * 0.7);
    expect(tally.advanced).toBeGreaterThan(0);
  });
});

/** A database with users who have something already, the file uploaded, and the job ready to be taken up. */
async function prepare(database: TestDatabase): Promise<{ poolId: string; jobId: string }> {
  await using opened = await openTestServices(database.engine, { database });
  const { services, poolId } = opened;
  const rows = createRows(SETTINGS, ndjson.abilities);
  const existing = Array.from({ length: EXISTING }, (_, index) => rows.rowOf(index * (ROWS / EXISTING)));
  const list = [...new Set(existing.map((row) => row.userId))].map((userId, index) => ({
    userId,
    otp: { secret: plantedSeed(index), recoveryCode: plantedCode(index) },
  }));
  await importItems(services, poolId, list, { createMissingUsers: true });
  const { jobId } = await upload(opened, content());
  await services.importJobs.run(actorIn(poolId), jobId, { ...DEFAULT_JOB_OPTIONS, createUsers: true });
  return { poolId, jobId };
}

async function* content(): AsyncGenerator<Uint8Array> {
  for (const piece of generate(ndjson, SETTINGS, ROWS)) yield Buffer.from(piece);
  for (const piece of generate(ndjson, { ...SETTINGS, badShare: 0 }, FAR_DUPLICATES)) yield Buffer.from(piece);
}

async function killAgainAndAgain(database: TestDatabase, poolId: string, jobId: string) {
  const tally = { interrupted: 0, advanced: 0, beforeBegin: 0 };
  let windowMs = FIRST_WINDOW_MS;
  let position = 0;
  let next = startRunner(database, poolId, jobId);
  for (let kill = 0; kill < KILLS; kill++) {
    const runner = next;
    // Stands ready while this one works, so that the test waits for no start.
    next = startRunner(database, poolId, jobId);
    // Some in the midst of starting.
    if (kill % 20 !== 19) await runner.ready;
    runner.process.stdin?.write('begin\n');
    await setTimeout(Math.random() * windowMs);
    if (!runner.isWorking()) tally.beforeBegin++;
    runner.process.kill('SIGKILL');
    await runner.exited;
    const [row] = await runSql(database, 'select state, position_items from import_job where job_id = $1', [jobId]);
    if (row?.state === 'running') tally.interrupted++;
    const now = Number(row?.position_items);
    if (now > position) tally.advanced++;
    position = now;
    // So that the job is near its end with the last kill.
    windowMs *= position / ROWS < (kill / KILLS) * 0.95 ? 1.08 : 0.94;
    windowMs = Math.min(5_000, Math.max(300, windowMs));
  }
  next.process.kill('SIGKILL');
  await next.exited;
  return { ...tally, position, windowMs: Math.round(windowMs) };
}

interface RunnerProcess {
  readonly process: ChildProcess;
  readonly ready: Promise<unknown>;
  readonly exited: Promise<unknown>;
  isWorking(): boolean;
}

function startRunner(database: TestDatabase, poolId: string, jobId: string): RunnerProcess {
  const environment = {
    ...process.env,
    ...database.environment,
    NODE_COMPILE_CACHE: artifactFolder('compiled'),
  };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'job-runner.ts'), poolId, jobId], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  return {
    process: child,
    ready: Promise.race([once(child.stdout, 'data'), exited]),
    exited,
    isWorking: () => output.includes('working'),
  };
}

async function remainsOf(opened: TestServices, jobId: string): Promise<Remains> {
  const { services, poolId, database } = opened;
  const { state, counts, format } = await services.importJobs.get(poolId, jobId);
  const remains = `select user_id, type, algorithm, digits, counter from previous_factor order by user_id`;
  return {
    job: { state, counts, format },
    report: await report(opened, jobId),
    factors: await digestOfFactors(opened),
    codes: digestOf(
      await runSql(database, 'select user_id, count(*) as n from recovery_code group by user_id order by user_id'),
    ),
    users: digestOf(await runSql(database, 'select user_id, status, profile from app_user order by user_id')),
    previous: digestOf(await runSql(database, remains)),
  };
}

async function digestOfFactors({ services, poolId }: TestServices): Promise<string> {
  const hash = createHash('sha256');
  let after = '';
  for (;;) {
    const factors = await services.store.read.factors.listAfter(poolId, after, 5_000);
    for (const factor of factors) {
      const { user_id, type, algorithm, digits, period_seconds, counter } = factor;
      const seed = openFactorSeed(services.vault, factor);
      hash.update(JSON.stringify([user_id, type, algorithm, digits, period_seconds, counter]));
      hash.update(seed.bytes);
      seed.wipe();
    }
    const last = factors.at(-1);
    if (last === undefined) return hash.digest('hex');
    after = last.user_id;
  }
}

/** Counts come as numbers or as texts. */
function digestOf(rows: readonly Row[]): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(JSON.stringify(Object.values(row).map(String)));
  return hash.digest('hex');
}
