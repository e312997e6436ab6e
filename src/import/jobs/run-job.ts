import type { AuditLog } from '../../audit/audit-log.ts';
import { FactorportError } from '../../errors/error.ts';
import type { ImportJobTable } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import { createBatchSize } from './batch-size.ts';
import { findUsers } from './find-users.ts';
import type { JobOptions, JobOutcome } from './job.ts';
import { createProgress, JobTaken } from './job-progress.ts';
import { readOptions } from './job-row.ts';
import { readJobSecrets } from './job-secrets.ts';
import type { ReaderOrder } from './messages.ts';
import { startReader } from './reader.ts';
import type { Uploads } from './uploads.ts';

export interface RunDependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
  readonly uploads: Uploads;
  readonly undoDays: number;
  /** How large batches are; the usual size where it is not given. */
  readonly batchSize?: typeof createBatchSize;
}

/** What runs a job, to be told apart from whoever else might. */
export interface Runner {
  readonly runnerId: string;
  /** Aborted where the job is to be left at the next checkpoint. */
  readonly signal: AbortSignal;
  /** Whether whoever asked for the end wants the job to stay as it is, for another process to go on with it. */
  readonly isHandedOver: () => boolean;
  onProgress(): void;
}

const STOPPED: JobOutcome = { code: 'stopped_by_request', parameters: {} };
/** What nobody foresaw would happen again and again: the job ends, and whoever has mended it resumes it. */
const INTERNAL: JobOutcome & { readonly code: 'internal' } = { code: 'internal', parameters: {} };

/**
 * Runs a job from its last checkpoint to the end of the file, or until it has to stop. Each batch is one transaction that
 * holds its factors, its rows of the report, its audit event and the checkpoint.
 *
 * @throws JobTaken; what the database throws
 */
export async function runJob(dependencies: RunDependencies, row: ImportJobTable, runner: Runner): Promise<void> {
  const { store, vault, clock } = dependencies;
  const { pool_id: poolId, job_id: jobId } = row;
  const options = readOptions(row);
  const progress = createProgress(row, dependencies, runner, options);
  if (runner.signal.aborted) return progress.stop(STOPPED);
  const batchSize = (dependencies.batchSize ?? createBatchSize)(store);
  store.expectMuch();
  await vault.learn([row.sealed_secrets]);
  const reader = startReader(
    orderOf(dependencies, row, options, batchSize.next(), runner),
    (names) => findUsers(store.read, poolId, jobId, options, names),
    clock,
    (format) => progress.setFormat(format),
  );
  try {
    for await (const prepared of reader.batches()) {
      if (runner.signal.aborted) break;
      const stopped = await progress.write(prepared, reader);
      if (stopped) return;
      reader.done(prepared.batch.batchId, batchSize.next());
      runner.onProgress();
    }
    if (runner.signal.aborted) await progress.stop(STOPPED);
    else await progress.finish();
  } catch (error) {
    if (isPassing(error)) throw error;
    const { code, parameters } = error instanceof FactorportError ? error : INTERNAL;
    await progress.fail({ code, parameters });
    if (code === 'internal') throw error;
  } finally {
    await reader.close();
  }
}

/** Whether the job goes on by itself once the database is back, or another process is at it. */
function isPassing(error: unknown): boolean {
  return error instanceof JobTaken || (error instanceof FactorportError && error.code === 'unavailable');
}

/** Verification goes before the reading of files. */
const NICENESS_OF_SERVERS = 15;

function orderOf(
  { store, vault, uploads }: RunDependencies,
  row: ImportJobTable,
  options: JobOptions,
  batchItems: number,
  runner: Runner,
): ReaderOrder {
  const { pool_id: poolId, job_id: jobId } = row;
  const secrets = readJobSecrets(vault, row);
  const { mapping, encoding, assume } = options;
  return {
    file: { path: uploads.path(jobId, 'file'), key: secrets.fileKey },
    users: row.has_users_file === 1 ? { path: uploads.path(jobId, 'users'), key: secrets.fileKey } : undefined,
    format: row.format ?? options.format,
    options: { secret: secrets.secret, mapping, encoding, assume },
    match: options.match,
    createUsers: options.createUsers,
    checksCodes: options.dryRun,
    skipItems: row.position_items,
    engine: store.engine,
    origin: { poolId, importedBy: row.created_by, importId: jobId },
    keys: vault.lendKeys(vault.sealKeyId()),
    batchItems,
    niceness: runner.isHandedOver() ? NICENESS_OF_SERVERS : 0,
  };
}
