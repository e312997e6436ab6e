import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { uploadDirectory } from '../../src/config.ts';
import { DEFAULT_JOB_OPTIONS } from '../../src/import/jobs/job.ts';
import type { ImportJobTable } from '../../src/store/schema.ts';
import type { TestServer } from '../support/test-server.ts';

/** A process of no machine, whose jobs nobody takes over because their upload is not here. */
const ELSEWHERE = 'elsewhere:1:1';
const DAY_MS = 86_400_000;

type Prepared = { readonly jobId: string };

/** A file of one item that no import accepts, so that running it changes nobody. */
export const UPLOADED = '{"userId":"nobody","otp":{"secret":""}}\n';

/** A job with an upload, which nobody has run. */
export async function readyJob(_subject: unknown, { services, poolId }: TestServer): Promise<Prepared> {
  const actor = { poolId, id: 'cli', address: '', requestId: 'test' };
  const upload = await services.importJobs.beginUpload(actor, {});
  await upload.file(inOnePiece(UPLOADED));
  const { job } = await upload.finish();
  return { jobId: job.jobId };
}

/** A job that another server is at. */
export async function runningJob(subject: unknown, server: TestServer): Promise<Prepared> {
  const { jobId } = await readyJob(subject, server);
  await update(server, { jobId }, { state: 'running', runner: ELSEWHERE });
  await rm(join(uploadDirectory(server.services.config), `${jobId}.file`));
  return { jobId };
}

/** A job that was stopped before its first item. */
export async function stoppedJob(subject: unknown, server: TestServer): Promise<Prepared> {
  const prepared = await readyJob(subject, server);
  await update(server, prepared, {
    state: 'stopped',
    options: JSON.stringify({ ...DEFAULT_JOB_OPTIONS, dryRun: true }),
  });
  return prepared;
}

/** A job that is done, and of which there is something to undo. */
export async function finishedJob(subject: unknown, server: TestServer): Promise<Prepared> {
  const prepared = await readyJob(subject, server);
  await update(server, prepared, { state: 'finished', undoable_until: Date.now() + DAY_MS });
  return prepared;
}

/**
 * Waits until this server is at no job any more. Those that are said to be elsewhere end here: one that was asked to stop
 * would be taken over some seconds later, in the middle of another test.
 */
export async function settleJobs(server: TestServer): Promise<void> {
  for (;;) {
    const atWork = await server.services.store.read.importJobs.atWork();
    if (atWork.length === 0) return;
    for (const { job_id: jobId, runner } of atWork) {
      if (runner === ELSEWHERE) await update(server, { jobId }, { state: 'stopped', runner: null, stop_requested: 0 });
    }
    await setTimeout(50);
  }
}

async function update(
  { services, poolId }: TestServer,
  { jobId }: Prepared,
  change: Partial<ImportJobTable>,
): Promise<void> {
  await services.store.transaction((queries) => queries.importJobs.update(poolId, jobId, change));
}

async function* inOnePiece(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
