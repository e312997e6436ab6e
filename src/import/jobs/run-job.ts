import type { Actor, AuditLog } from '../../audit/audit-log.ts';
import { FactorportError } from '../../errors/error.ts';
import type { Queries } from '../../store/queries/index.ts';
import type { ImportJobTable } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import { createBatchSize } from './batch-size.ts';
import { findUsers } from './find-users.ts';
import { type JobCounts, type JobOptions, type JobOutcome, SHARE_COUNTS_FROM } from './job.ts';
import { readCounts, readOptions, toFailureRow } from './job-row.ts';
import { readJobSecrets } from './job-secrets.ts';
import type { ReaderOrder } from './messages.ts';
import { type PreparedBatch, type Reader, startReader } from './reader.ts';
import type { Uploads } from './uploads.ts';
import { type BatchResult, SealKeyChanged, writeBatch } from './write-batch.ts';

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

/** Thrown where another process has taken the job over. */
export class JobTaken extends Error {
  override readonly name = 'JobTaken';
}

/** Thrown in a transaction that would write a batch beyond the limit of errors. */
class TooManyErrors extends Error {
  readonly result: BatchResult;
  constructor(result: BatchResult) {
    super('too many errors');
    this.result = result;
  }
}

const DAY_MS = 86_400_000;
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
    orderOf(dependencies, row, options, batchSize.next()),
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

function orderOf(
  { store, vault, uploads }: RunDependencies,
  row: ImportJobTable,
  options: JobOptions,
  batchItems: number,
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
  };
}

/** How far a run has come, in memory and, after each transaction, in the database. */
function createProgress(row: ImportJobTable, dependencies: RunDependencies, runner: Runner, options: JobOptions) {
  const { store, vault, audit, clock, uploads, undoDays } = dependencies;
  const { pool_id: poolId, job_id: jobId } = row;
  const actor: Actor = { poolId, id: row.created_by, address: '', requestId: jobId };
  let counts = readCounts(row);
  let failures = row.failures;
  let format = row.format;
  let hasSeen = options.dryRun || row.position_items > 0;
  let likelyAll = true;

  async function write(prepared: PreparedBatch, reader: Reader): Promise<boolean> {
    try {
      await writeOnce(prepared, reader);
      return false;
    } catch (error) {
      if (error instanceof TooManyErrors) {
        await stopBeforeHarm(error.result);
        return true;
      }
      if (!(error instanceof SealKeyChanged)) throw error;
      await vault.reload();
      return write(await reader.sealAgain(prepared, vault.lendKeys(vault.sealKeyId())), reader);
    }
  }

  async function writeOnce(prepared: PreparedBatch, reader: Reader): Promise<void> {
    const { batch } = prepared;
    const context = {
      ...{ vault, audit, actor, jobId, options, hasSeen, likelyAll },
      origin: { poolId, source: format ?? '', importedBy: row.created_by, importId: jobId, now: clock() },
      clearEntries: (places: readonly number[]) =>
        places.length === 0 ? Promise.resolve([]) : reader.clearEntries(batch.batchId, places),
    };
    const inTransaction = async (queries: Queries) => {
      const result = await writeBatch(queries, context, prepared);
      if (exceeds(options, totals(counts, result))) throw new TooManyErrors(result);
      return result;
    };
    let result: BatchResult;
    if (options.dryRun) {
      result = await store.rehearse(inTransaction);
      await store.transaction((queries) => record(queries, prepared, result), 'long');
    } else {
      result = await store.transaction(async (queries) => {
        const written = await inTransaction(queries);
        await record(queries, prepared, written);
        return written;
      }, 'long');
    }
    counts = totals(counts, result);
    failures += result.findings.length;
    hasSeen ||= result.seen.length > 0;
    likelyAll = result.wasAllClear;
  }

  async function record(queries: Queries, { batch }: PreparedBatch, result: BatchResult): Promise<void> {
    await queries.importedUsers.add('import_seen', poolId, jobId, result.seen);
    const rows = result.findings.map((finding, index) => toFailureRow(poolId, jobId, failures + index + 1, finding));
    await queries.importJobs.appendFailures(rows);
    if (!options.dryRun) {
      const { items, added, replaced, unchanged, skipped, usersCreated } = result.counts;
      const failed = result.findings.filter((finding) => finding.severity === 'failed').length;
      const detail = { jobId, items, added, replaced, unchanged, skipped, failed, usersCreated };
      await queries.audit.append([audit.stamp(actor, { action: 'import.batch', result: 'ok', detail })]);
    }
    await checkpoint(queries, {
      position_items: batch.itemsDone,
      position_bytes: batch.bytesDone,
      failures: failures + rows.length,
      counts: JSON.stringify(totals(counts, result)),
      format,
    });
  }

  /** Tells what of the batch speaks against going on, without moving the checkpoint. */
  async function stopBeforeHarm(result: BatchResult): Promise<void> {
    const told = totals(counts, result);
    const outcome: JobOutcome = { code: 'too_many_errors', parameters: { failed: told.failed, items: told.items } };
    await end('stopped', outcome, async (queries) => {
      const rows = result.findings.map((finding, index) => toFailureRow(poolId, jobId, failures + index + 1, finding));
      await queries.importJobs.appendFailures(rows);
    });
  }

  async function end(
    state: 'stopped' | 'failed' | 'finished' | 'ready',
    outcome: JobOutcome | undefined,
    also: (queries: Queries) => Promise<void> = async () => undefined,
  ): Promise<void> {
    const now = clock();
    const hasWritten = !options.dryRun && counts.added + counts.replaced + counts.unchanged + counts.usersCreated > 0;
    await store.transaction(async (queries) => {
      await also(queries);
      if (state === 'finished' || state === 'ready') await queries.importedUsers.forget('import_seen', poolId, jobId);
      const { reasons, ...detail } = counts;
      const action = options.dryRun ? 'import.rehearse' : 'import.end';
      const result = state === 'failed' ? 'failed' : 'ok';
      const event = { action, result, detail: { jobId, state, format, code: outcome?.code, ...detail } } as const;
      await queries.audit.append([audit.stamp(actor, event)]);
      await checkpoint(queries, {
        state,
        format,
        outcome: outcome === undefined ? '' : JSON.stringify(outcome),
        finished_at: now,
        stop_requested: 0,
        // With no days at all it is over at once, and what was kept is deleted.
        undoable_until: hasWritten ? now + undoDays * DAY_MS : row.undoable_until,
        runner: null,
      });
    }, 'long');
  }

  async function checkpoint(
    queries: Queries,
    change: Parameters<Queries['importJobs']['checkpoint']>[3],
  ): Promise<void> {
    if (!(await queries.importJobs.checkpoint(poolId, jobId, runner.runnerId, change))) {
      throw new JobTaken('another process has taken the job over');
    }
  }

  return {
    setFormat(name: string) {
      format = name;
    },
    write,
    async finish() {
      await end(options.dryRun ? 'ready' : 'finished', undefined);
      if (options.dryRun) return;
      await uploads.remove(jobId);
      await store.transaction((queries) => queries.importJobs.update(poolId, jobId, { upload_expires_at: null }));
    },
    /** Leaves the job as it is, or for another process. */
    async stop(outcome: JobOutcome) {
      if (runner.isHandedOver()) {
        await store.transaction((queries) => checkpoint(queries, { runner: null }));
      } else await end('stopped', outcome);
    },
    fail: (outcome: JobOutcome) => end('failed', outcome),
  };
}

/** Counts with those of a further batch. */
function totals(counts: JobCounts, { counts: more, findings }: BatchResult): JobCounts {
  const failed = findings.filter((finding) => finding.severity === 'failed');
  const reasons: Partial<Record<string, number>> = { ...counts.reasons };
  for (const { reason } of findings) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return {
    items: counts.items + more.items,
    added: counts.added + more.added,
    replaced: counts.replaced + more.replaced,
    unchanged: counts.unchanged + more.unchanged,
    skipped: counts.skipped + more.skipped,
    failed: counts.failed + failed.length,
    nothing: counts.nothing + more.nothing,
    usersCreated: counts.usersCreated + more.usersCreated,
    recoveryCodes: counts.recoveryCodes + more.recoveryCodes,
    weakSeeds: counts.weakSeeds + more.weakSeeds,
    duplicates: counts.duplicates + failed.filter((finding) => finding.reason === 'duplicate_user').length,
    proven: counts.proven + more.proven,
    notes: counts.notes + findings.length - failed.length,
    reasons,
  };
}

function exceeds({ maxErrors, maxErrorShare }: JobOptions, { failed, items }: JobCounts): boolean {
  if (maxErrors !== undefined && failed > maxErrors) return true;
  return items >= SHARE_COUNTS_FROM && failed > items * maxErrorShare;
}
