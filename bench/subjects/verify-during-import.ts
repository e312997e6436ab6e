import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DEFAULT_PARAMETERS } from '../../src/otp/parameters.ts';
import { parseSeed, type Seed } from '../../src/otp/seed.ts';
import { computeTotp, timeStepAt } from '../../src/otp/totp.ts';
import type { Contender } from '../contenders/contender.ts';
import { serveFactorport } from '../contenders/factorport.ts';
import { type DatabaseMaker, openDatabaseMaker, settle } from '../lib/databases.ts';
import { type Figures, type Findings, medianOf, percentile, ratio, round, type Subject } from '../lib/measurement.ts';
import { openPacedLoad, type PacedAnswer, type PacedLoad, type PacedRequest } from '../lib/paced-load.ts';
import { createItems, type Item, populateUsers, populateWithFactors } from '../lib/population.ts';
import { registeredUsers, writeRegistrations } from '../lib/registrations.ts';
import { uploadForServer } from '../lib/server-job.ts';

const CONNECTIONS = 50;
const REQUESTS_PER_SECOND = 200;
const WARM_UP_REQUESTS_PER_SECOND = 1_000;
const WARM_UP_SECONDS = 4;
const IDLE_SECONDS = 10;
/** Enough that a user comes again only when there is a new code. */
const VERIFYING_USERS = 12_000;
/** So far ahead requests are handed to the thread that sends them. */
const AHEAD_MS = 1_000;

export const verifyDuringImport: Subject = {
  name: 'verify-during-import',
  summary: `${REQUESTS_PER_SECOND} right codes a second sent to a server, without and with an import of --rows users that it runs as a job`,
  defaultRows: 300_000,
  figures: {
    'idleP50Milliseconds, idleP99Milliseconds, idleMaximumMilliseconds': `Half of the requests, 99 of 100, and all took no longer than so many milliseconds, for ${IDLE_SECONDS} s in which the server has nothing else to do. POST /api/v1/otp/verify as in the subject verify, but at a fixed rate whatever the answers take, over ${CONNECTIONS} connections; a request that finds none free waits, and that counts. Before, ${WARM_UP_REQUESTS_PER_SECOND} a second warm the server up for ${WARM_UP_SECONDS} s.`,
    'busyP50Milliseconds, busyP99Milliseconds, busyMaximumMilliseconds':
      'The same for the requests that were due while the job ran in the process of the server: an NDJSON file of --rows users with a recovery code each, as in the subject import-file, uploaded before.',
    ratio: 'busyP99Milliseconds / idleP99Milliseconds.',
    importRowsPerSecond: 'Users a second that the job added beside the load, from when the server took it up.',
    'idleRequests, busyRequests': 'How many requests these are; the benchmark ends with an error if none is busy.',
    repetitions: 'The same for each run, with a fresh database and server. Figures are medians, ratio that of medians.',
  },
  columns: {
    'idle p50 ms': 'idleP50Milliseconds',
    'idle p99 ms': 'idleP99Milliseconds',
    'busy p50 ms': 'busyP50Milliseconds',
    'busy p99 ms': 'busyP99Milliseconds',
    'busy max ms': 'busyMaximumMilliseconds',
    ratio: 'ratio',
    'import rows/s': 'importRowsPerSecond',
    'busy requests': 'busyRequests',
  },
  async measure({ rows, db, repetitions }): Promise<Findings> {
    await using databases = await openDatabaseMaker(db);
    const folder = await mkdtemp(join(tmpdir(), 'factorport-bench-file-'));
    try {
      const path = join(folder, 'registrations.ndjson');
      await writeRegistrations(path, rows);
      const items = createItems(VERIFYING_USERS);
      const runs: Figures[] = [];
      for (let run = 0; run < repetitions; run++) runs.push(await repeat(databases, items, path, rows));
      return { overall: summarise(runs), repetitions: runs };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function repeat(databases: DatabaseMaker, items: readonly Item[], path: string, rows: number): Promise<Figures> {
  await using database = await databases.create();
  const { managementToken } = await populateWithFactors(database, items);
  await populateUsers(database, registeredUsers(rows));
  await settle(database);
  await using server = await serveFactorport(database, managementToken);
  const { url, accepted } = server;
  await using load = openPacedLoad({ url, accepted, connections: CONNECTIONS });
  const requests = createRequests(server, items);
  await load.send(requests(Date.now(), WARM_UP_SECONDS * 1000, WARM_UP_REQUESTS_PER_SECOND));
  await using job = await uploadForServer(database, path, rows);
  const idle = await load.send(requests(Date.now(), IDLE_SECONDS * 1000));
  const { result, answers } = await during(job.run(), load, requests);
  const { takenAt, finishedAt } = result;
  const busy = answers.filter(({ dueAt }) => dueAt >= takenAt && dueAt <= finishedAt);
  if (busy.length === 0) throw new Error('the job was over before a request was sent: more --rows are needed');
  return withRatio({
    ...figuresOf('idle', idle),
    ...figuresOf('busy', busy),
    importRowsPerSecond: Math.round((rows / (finishedAt - takenAt)) * 1000),
  });
}

/** Sends requests until some work is done. */
async function during<Result>(
  work: Promise<Result>,
  load: PacedLoad,
  requests: Requests,
): Promise<{ result: Result; answers: PacedAnswer[] }> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  const sent: Promise<readonly PacedAnswer[]>[] = [];
  for (let from = Date.now(); !isDone; from += AHEAD_MS) {
    sent.push(load.send(requests(from, AHEAD_MS)));
    // What is handed over is always half of it ahead.
    await setTimeout(Math.max(0, from + AHEAD_MS / 2 - Date.now()));
  }
  const answers = (await Promise.all(sent)).flat();
  return { result: await done, answers };
}

/** Makes the requests of a time, milliseconds since 1970, each with the code that is right then. */
type Requests = (from: number, milliseconds: number, perSecond?: number) => PacedRequest[];

function createRequests(server: Contender, items: readonly Item[]): Requests {
  let next = 0;
  return (from, milliseconds, perSecond = REQUESTS_PER_SECOND) =>
    Array.from({ length: (milliseconds / 1000) * perSecond }, (_, index) => {
      const dueAt = from + (index * 1000) / perSecond;
      const item = items[next++ % items.length] as Item;
      const step = timeStepAt(dueAt, DEFAULT_PARAMETERS.periodSeconds);
      const code = computeTotp(parseSeed(item.otp.secret) as Seed, step, DEFAULT_PARAMETERS);
      return { dueAt, text: server.requestFor(item, code) };
    });
}

function figuresOf(when: 'idle' | 'busy', answers: readonly PacedAnswer[]): Figures {
  const latencies = answers.map(({ milliseconds }) => milliseconds);
  return {
    [`${when}P50Milliseconds`]: round(percentile(0.5, latencies), 2),
    [`${when}P99Milliseconds`]: round(percentile(0.99, latencies), 2),
    [`${when}MaximumMilliseconds`]: round(percentile(1, latencies), 2),
    [`${when}Requests`]: latencies.length,
  };
}

function summarise(runs: readonly Figures[]): Figures {
  const names = Object.keys(runs[0] as Figures);
  return withRatio(Object.fromEntries(names.map((name) => [name, medianOf(name, runs)])));
}

function withRatio(figures: Figures): Figures {
  return { ...figures, ratio: ratio(figures.busyP99Milliseconds ?? null, figures.idleP99Milliseconds ?? null) };
}
