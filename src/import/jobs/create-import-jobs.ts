import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../audit/audit-log.ts';
import { FactorportError } from '../../errors/error.ts';
import { beginSealing } from '../../rotation/sealing.ts';
import { unwrap } from '../../sources/input/unwrap.ts';
import { recogniseSource } from '../../sources/recognise.ts';
import type { SourceInput } from '../../sources/source.ts';
import type { Queries } from '../../store/queries/index.ts';
import type { ImportJobState, ImportJobTable } from '../../store/schema.ts';
import { fileKeyText } from '../../vault/sealed-file.ts';
import { deleteExpired } from './delete-expired.ts';
import type { FileInspection, ImportJobs } from './import-jobs.ts';
import type { ImportJob, JobOptions } from './job.ts';
import { freshRun, NO_UNDO, readOptions, toImportJob, toReportRow } from './job-row.ts';
import { type JobSecrets, readJobSecrets } from './job-secrets.ts';
import { proveCode } from './prove-code.ts';
import { readBeginning } from './read-beginning.ts';
import type { RunDependencies } from './run-job.ts';
import { createRunners, type Runners } from './runners.ts';
import { throttled } from './throttled.ts';
import { beginUpload } from './upload.ts';
import { sealedInput } from './uploads.ts';

export interface ImportJobDependencies extends RunDependencies {
  readonly uploadMaxMiB: number;
  readonly onError: (error: unknown) => void;
}

/** {@link ImportJobs}, and what runs them in the background. */
export interface ImportJobsService extends ImportJobs {
  readonly runners: Runners;
  /** Deletes uploads whose time is over, and what was kept for undoing longer than it has to be. */
  deleteExpired(): Promise<void>;
}

const WATCH_EVERY_MS = 500;
const REPORT_ROWS_AT_ONCE = 500;

export function createImportJobs(dependencies: ImportJobDependencies): ImportJobsService {
  const { store, vault, audit, clock, uploads } = dependencies;
  const runners = createRunners(dependencies, dependencies.onError);

  async function find(queries: Queries, poolId: string, jobId: string): Promise<ImportJobTable> {
    const row = await queries.importJobs.find(poolId, jobId);
    if (row === undefined || row.state === 'uploading') throw new FactorportError('import_job_not_found');
    return row;
  }

  const get = async (poolId: string, jobId: string) => toImportJob(await find(store.read, poolId, jobId));

  /** Changes a job in the transaction that says who did it. */
  async function change(
    actor: Actor,
    jobId: string,
    action: string,
    decide: (row: ImportJobTable, queries: Queries) => Promise<Parameters<Queries['importJobs']['update']>[2]>,
  ): Promise<ImportJob> {
    const { poolId } = actor;
    await store.transaction(async (queries) => {
      const sealed = await queries.importJobs.findForUpdate(poolId, jobId);
      if (sealed === undefined || sealed.state === 'uploading') throw new FactorportError('import_job_not_found');
      await queries.importJobs.update(poolId, jobId, await decide(sealed, queries));
      await queries.audit.append([audit.stamp(actor, { action, result: 'ok', detail: { jobId } })]);
    });
    return get(poolId, jobId);
  }

  async function secretsWith(queries: Queries, row: ImportJobTable, secret: string | undefined) {
    if (secret === undefined) return {};
    await vault.learn([row.sealed_secrets]);
    const secrets: JobSecrets = { ...readJobSecrets(vault, row), secret };
    const sealer = await beginSealing(queries, vault);
    const binding = { poolId: row.pool_id, jobId: row.job_id };
    return { sealed_secrets: sealer.sealJobSecrets(JSON.stringify(secrets), binding) };
  }

  async function openInput(row: ImportJobTable): Promise<{ input: SourceInput; secrets: JobSecrets }> {
    await requireUpload(row);
    await vault.learn([row.sealed_secrets]);
    const secrets = readJobSecrets(vault, row);
    const path = uploads.path(row.job_id, 'file');
    return { input: await unwrap(sealedInput(path, fileKeyText.read(secrets.fileKey))), secrets };
  }

  async function requireUpload(row: ImportJobTable): Promise<void> {
    requireKept(row);
    if (!(await uploads.has(row.job_id))) throw new FactorportError('import_job_expired');
  }

  return {
    runners,
    beginUpload: (actor, about) => beginUpload(dependencies, actor, about),
    get,
    async list(poolId, { limit, after }) {
      return (await store.read.importJobs.list(poolId, limit, after)).map(toImportJob);
    },
    async inspect({ poolId }, jobId, { format, ...options }): Promise<FileInspection> {
      const row = await find(store.read, poolId, jobId);
      const { input, secrets } = await openInput(row);
      const { source, because } = await recogniseSource(input, format);
      const reading = { secret: secrets.secret, ...options };
      const table = await source.inspect?.(input, reading);
      // Whether it is encrypted, and whether it opens, is known only once something of it is read.
      if (source.secret !== undefined) await readBeginning(source.read(input, reading));
      return { format: source.name, because: format === undefined ? because : undefined, table };
    },
    async run(actor, jobId, options, secret) {
      await requireUpload(await find(store.read, actor.poolId, jobId));
      return change(actor, jobId, 'import.start', async (row, queries) => {
        requireState(row, ['ready', 'stopped', 'failed', 'undone']);
        requireKept(row);
        if (row.state !== 'ready' && row.state !== 'undone' && hasWritten(row)) throw wrongState(row);
        const { importJobs, importedUsers } = queries;
        if (row.state === 'undone') await importedUsers.disownFactors(row.pool_id, jobId);
        await importJobs.deleteFailures(row.pool_id, jobId, -1);
        await importedUsers.forget('import_seen', row.pool_id, jobId);
        return {
          ...freshRun(clock()),
          ...(await secretsWith(queries, row, secret)),
          state: 'running',
          options: JSON.stringify(options),
          format: options.format ?? null,
          run: row.run + 1,
          runner: null,
        };
      });
    },
    async work(poolId, jobId, signal, onProgress) {
      const report =
        onProgress === undefined
          ? undefined
          : throttled(async () => onProgress(await get(poolId, jobId)), WATCH_EVERY_MS);
      for (;;) {
        const row = await find(store.read, poolId, jobId);
        if (row.state !== 'running' && row.state !== 'undoing') return toImportJob(row);
        const isTaken = await runners.work(row, { signal, isHandedOver: false, onProgress: () => report?.() });
        // Somebody else is at it: then it is looked at until they are done, or dead.
        if (!isTaken || signal.aborted) {
          if (signal.aborted) return get(poolId, jobId);
          await setTimeout(WATCH_EVERY_MS, undefined, { signal }).catch(() => undefined);
          await report?.();
        }
      }
    },
    cancel: (actor, jobId) =>
      change(actor, jobId, 'import.cancel', async (row) => {
        requireState(row, ['running']);
        const stopped = {
          state: 'stopped',
          outcome: JSON.stringify({ code: 'stopped_by_request', parameters: {} }),
        } as const;
        // Nobody at it: then nobody would see the request.
        return row.runner === null ? { ...stopped, finished_at: clock() } : { stop_requested: 1 };
      }),
    async resume(actor, jobId, more = {}, secret) {
      await requireUpload(await find(store.read, actor.poolId, jobId));
      return change(actor, jobId, 'import.resume', async (row, queries) => {
        requireState(row, ['stopped', 'failed']);
        requireKept(row);
        const options = readOptions(row);
        if (row.position_items > 0) requireSameReading(options, more);
        await queries.importJobs.deleteFailures(row.pool_id, jobId, row.position_items);
        return {
          ...(await secretsWith(queries, row, secret)),
          state: 'running',
          options: JSON.stringify({ ...options, ...more }),
          outcome: '',
          failures: await queries.importJobs.countFailures(row.pool_id, jobId),
          stop_requested: 0,
          finished_at: null,
          runner: null,
        };
      });
    },
    undo: (actor, jobId) =>
      change(actor, jobId, 'import.undo', async (row) => {
        // One that was left half way, where no server is to go on with it.
        if (row.state === 'undoing') return { state: 'undoing' };
        requireState(row, ['finished', 'stopped', 'failed']);
        if (row.undoable_until === null || row.undoable_until <= clock())
          throw new FactorportError('import_undo_expired');
        return { state: 'undoing', undo_position: '', undo_counts: JSON.stringify(NO_UNDO), runner: null };
      }),
    async *report(poolId, jobId, filter = {}) {
      await find(store.read, poolId, jobId);
      for (let after = filter.after ?? 0; ; ) {
        const page = { after, limit: REPORT_ROWS_AT_ONCE, reason: filter.reason };
        const rows = await store.read.importJobs.failures(poolId, jobId, page);
        if (rows.length > 0) yield rows.map(toReportRow);
        if (rows.length < REPORT_ROWS_AT_ONCE) return;
        after = rows.at(-1)?.sequence ?? 0;
      }
    },
    async *watch(poolId, jobId, signal) {
      for (let last = ''; !signal.aborted; ) {
        const job = await get(poolId, jobId);
        const text = JSON.stringify(job);
        if (text !== last) yield job;
        last = text;
        if (job.state !== 'running' && job.state !== 'undoing') return;
        await setTimeout(WATCH_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
    async prove({ poolId }, jobId, proof, options) {
      const row = await find(store.read, poolId, jobId);
      const { input, secrets } = await openInput(row);
      return proveCode(
        input,
        proof,
        { ...options, secret: options.secret ?? secrets.secret },
        options.format ?? row.format ?? undefined,
        clock(),
      );
    },
    deleteExpired: () => deleteExpired(dependencies),
  };
}

function requireState(row: ImportJobTable, states: readonly ImportJobState[]): void {
  if (!states.includes(row.state)) throw wrongState(row);
}

/** Asked again of the locked row: the upload may have been deleted since it was looked at. */
function requireKept(row: ImportJobTable): void {
  if (row.upload_expires_at === null) throw new FactorportError('import_job_expired');
}

/** May differ from what a part of the file was answered by. */
const MAY_CHANGE: ReadonlySet<string> = new Set(['maxErrors', 'maxErrorShare', 'onExisting']);

/** @throws `resume_options` where the rest of the file would be another matter than what has been answered of it */
function requireSameReading(options: JobOptions, change: Partial<JobOptions>): void {
  const names = Object.keys(change) as (keyof JobOptions)[];
  const name = names.find((each) => !MAY_CHANGE.has(each) && !isDeepStrictEqual(options[each], change[each]));
  if (name !== undefined) throw new FactorportError('resume_options', { parameters: { option: name } });
}

function wrongState({ state }: ImportJobTable): FactorportError {
  return new FactorportError('import_job_state', { parameters: { state } });
}

/** Whether a run of the job, which was no rehearsal, has left something. */
function hasWritten(row: ImportJobTable): boolean {
  return row.undoable_until !== null || (row.position_items > 0 && !readOptions(row).dryRun);
}
