import type { Actor } from '../../audit/audit-log.ts';
import type { Queries } from '../../store/queries/index.ts';
import type { ImportJobTable } from '../../store/schema.ts';
import type { JobOptions, JobOutcome } from './job.ts';
import { exceeds, totals } from './job-counts.ts';
import { readCounts, toFailureRow } from './job-row.ts';
import type { PreparedBatch, Reader } from './reader.ts';
import type { RunDependencies, Runner } from './run-job.ts';
import { type BatchResult, SealKeyChanged, writeBatch } from './write-batch.ts';

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

/** How far a run has come, in memory and, after each transaction, in the database. */
export function createProgress(
  row: ImportJobTable,
  dependencies: RunDependencies,
  runner: Runner,
  options: JobOptions,
) {
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
