import { uploadDirectory } from '../../../src/config.ts';
import { createImportJobs } from '../../../src/import/jobs/create-import-jobs.ts';
import { DEFAULT_JOB_OPTIONS, type ImportJob, type JobOptions, type ReportRow } from '../../../src/import/jobs/job.ts';
import { createUploads } from '../../../src/import/jobs/uploads.ts';
import type { Services } from '../../../src/services.ts';
import { actorIn, type TestServices } from '../../store/open-services.ts';

type Opened = Pick<TestServices, 'services' | 'poolId'>;

export const NEVER = new AbortController().signal;

/** Cuts a text into pieces, as it would come from a network. */
export async function* inPieces(content: string | Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

export async function upload(
  { services, poolId }: Opened,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
  about: { fileName?: string; idempotencyKey?: string; users?: string } = {},
): Promise<ImportJob> {
  const { users, ...names } = about;
  const taking = await services.importJobs.beginUpload(actorIn(poolId), names);
  try {
    await taking.file(typeof content === 'string' || content instanceof Uint8Array ? inPieces(content) : content);
    if (users !== undefined) await taking.users(inPieces(users));
    return (await taking.finish()).job;
  } catch (error) {
    await taking.abort();
    throw error;
  }
}

/** Runs an uploaded job in this process, to its end. */
export async function run(
  { services, poolId }: Opened,
  jobId: string,
  options: Partial<JobOptions> = {},
  secret?: string,
): Promise<ImportJob> {
  await services.importJobs.run(actorIn(poolId), jobId, { ...DEFAULT_JOB_OPTIONS, ...options }, secret);
  return work({ services, poolId }, jobId);
}

/** Runs an uploaded job until its first batches are written, as somebody does who presses Ctrl-C. */
export async function runPart(
  { services, poolId }: Opened,
  jobId: string,
  options: Partial<JobOptions> = {},
): Promise<ImportJob> {
  await services.importJobs.run(actorIn(poolId), jobId, { ...DEFAULT_JOB_OPTIONS, ...options });
  const stopping = new AbortController();
  return services.importJobs.work(poolId, jobId, stopping.signal, () => stopping.abort());
}

export const work = ({ services, poolId }: Opened, jobId: string): Promise<ImportJob> =>
  services.importJobs.work(poolId, jobId, NEVER);

export async function resume(
  { services, poolId }: Opened,
  jobId: string,
  change: Partial<JobOptions> = {},
  secret?: string,
): Promise<ImportJob> {
  await services.importJobs.resume(actorIn(poolId), jobId, change, secret);
  return work({ services, poolId }, jobId);
}

export async function undo({ services, poolId }: Opened, jobId: string): Promise<ImportJob> {
  await services.importJobs.undo(actorIn(poolId), jobId);
  return work({ services, poolId }, jobId);
}

/** Uploads and runs. */
export async function importFile(
  opened: Opened,
  content: string,
  options: Partial<JobOptions> = {},
): Promise<ImportJob> {
  const { jobId } = await upload(opened, content);
  return run(opened, jobId, options);
}

export async function report({ services, poolId }: Opened, jobId: string): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  for await (const some of services.importJobs.report(poolId, jobId)) rows.push(...some);
  return rows;
}

/** What the report says of each item, in few words. */
export async function reasons(opened: Opened, jobId: string): Promise<string[]> {
  return (await report(opened, jobId)).map(({ item, reason }) => `${item} ${reason}`);
}

/** One item a line, as Authing writes them. */
export function lines(items: readonly object[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('');
}

/** A table with the headings of its first row. */
export function table(rows: readonly Readonly<Record<string, string>>[]): string {
  const headings = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const all = [headings, ...rows.map((row) => headings.map((heading) => row[heading] ?? ''))];
  return all.map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** Another pool of the same database, with batches of these sizes. */
export async function openSplit({ services, database }: TestServices, sizes: readonly number[]) {
  const poolId = `pool ${Math.random()}`;
  await services.store.transaction((queries) =>
    queries.pools.insert({ pool_id: poolId, name: '', created_at: Date.now() }),
  );
  const { store, vault, audit, clock, config } = services;
  let next = 0;
  const importJobs = createImportJobs({
    ...{ store, vault, audit, clock },
    ...{ uploads: createUploads(uploadDirectory(config)), uploadMaxMiB: 1, undoDays: 1 },
    onError: () => undefined,
    batchSize: () => ({ next: () => sizes[next++ % sizes.length] as number }),
  });
  return { services: { ...services, importJobs } as Services, database, poolId };
}
