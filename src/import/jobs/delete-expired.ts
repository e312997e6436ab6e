import type { ImportJobTable } from '../../store/schema.ts';
import type { ImportJobDependencies } from './create-import-jobs.ts';
import { KEPT_FOR_MS } from './uploads.ts';

type Dependencies = Pick<ImportJobDependencies, 'store' | 'clock' | 'uploads'>;

/** Deletes uploads whose time is over, and what was kept for undoing longer than it has to be. */
export async function deleteExpired(dependencies: Dependencies): Promise<void> {
  await deleteExpiredUploads(dependencies);
  await deleteForgottenFiles(dependencies);
  await forgetExpiredUndo(dependencies);
}

/** The job first and its file after it: whoever begins to run it meanwhile finds either both or neither. */
async function deleteExpiredUploads({ store, clock, uploads }: Dependencies): Promise<void> {
  for (const { pool_id, job_id } of await store.read.importJobs.withExpiredUpload(clock())) {
    const isOver = await store.transaction(async (queries) => {
      const row = await queries.importJobs.findForUpdate(pool_id, job_id);
      if (row === undefined || !hasPassed(row, row.upload_expires_at, clock())) return false;
      // Without its file the job cannot go on.
      await queries.importedUsers.forget('import_seen', pool_id, job_id);
      if (row.state === 'uploading') await queries.importJobs.delete(pool_id, job_id);
      else await queries.importJobs.update(pool_id, job_id, { upload_expires_at: null });
      return true;
    }, 'long');
    if (isOver) await uploads.remove(job_id);
  }
}

/** Whether nobody is at the job, now that it is locked, and a time of it is over. */
function hasPassed({ state }: ImportJobTable, time: number | null, now: number): boolean {
  return state !== 'running' && state !== 'undoing' && time !== null && time <= now;
}

/**
 * Files that lie here though their job says that they are gone, because another server, on another disk, has said so. Of
 * those whose job is in no table, which may be those of another database, only the old ones.
 */
async function deleteForgottenFiles({ store, clock, uploads }: Dependencies): Promise<void> {
  const times = await uploads.list();
  const jobs = await store.read.importJobs.uploadsOf([...times.keys()]);
  const expiries = new Map(jobs.map((job) => [job.job_id, job.upload_expires_at]));
  for (const [jobId, time] of times) {
    const expiry = expiries.get(jobId);
    if (expiry === null || (expiry === undefined && time + KEPT_FOR_MS <= clock())) await uploads.remove(jobId);
  }
}

async function forgetExpiredUndo({ store, clock }: Dependencies): Promise<void> {
  for (const { pool_id, job_id } of await store.read.importJobs.withExpiredUndo(clock())) {
    await store.transaction(async (queries) => {
      const row = await queries.importJobs.findForUpdate(pool_id, job_id);
      // An undoing that has begun meanwhile would take users for ones who had nothing.
      if (row === undefined || !hasPassed(row, row.undoable_until, clock())) return;
      for (const table of ['import_created_user', 'previous_factor', 'previous_recovery_code'] as const) {
        await queries.importedUsers.forget(table, pool_id, job_id);
      }
      await queries.importJobs.update(pool_id, job_id, { undoable_until: null });
    }, 'long');
  }
}
