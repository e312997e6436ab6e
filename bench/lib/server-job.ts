import { createReadStream } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { DEFAULT_JOB_OPTIONS } from '../../src/import/jobs/job.ts';
import { openServices } from '../../src/services.ts';
import type { BenchDatabase } from './databases.ts';

/** Times as milliseconds since 1970. */
export interface JobTimes {
  /** Not before the server has taken it up. */
  readonly takenAt: number;
  readonly finishedAt: number;
}

/** A job that is ready, to be run by a server on the same database. */
export interface ServerJob extends AsyncDisposable {
  /** Starts it. @returns when it has finished; @throws Error if not every row was added */
  run(): Promise<JobTimes>;
}

const LOOK_EVERY_MS = 50;

/** Uploads a file of so many registrations. */
export async function uploadForServer(database: BenchDatabase, path: string, rows: number): Promise<ServerJob> {
  const services = await openServices(database.config);
  const { importJobs, defaultPool, store } = services;
  const poolId = defaultPool.pool_id;
  const actor = { poolId, id: 'cli:bench', address: '', requestId: 'bench' };
  const upload = await importJobs.beginUpload(actor, { fileName: 'bench.ndjson' });
  await upload.file(createReadStream(path));
  const { jobId } = (await upload.finish()).job;
  return {
    async run() {
      await importJobs.run(actor, jobId, DEFAULT_JOB_OPTIONS);
      while ((await store.read.importJobs.find(poolId, jobId))?.runner === null) await setTimeout(LOOK_EVERY_MS);
      const takenAt = Date.now();
      let job = await importJobs.get(poolId, jobId);
      for (; job.state === 'running'; job = await importJobs.get(poolId, jobId)) await setTimeout(LOOK_EVERY_MS);
      const { state, counts, finishedAt } = job;
      if (state === 'finished' && counts.added === rows && finishedAt !== undefined) return { takenAt, finishedAt };
      throw new Error(`the job did not add everything: ${state}, ${counts.added}`);
    },
    [Symbol.asyncDispose]: () => services.close(),
  };
}
