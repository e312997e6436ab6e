import type { ImportJobDependencies } from './create-import-jobs.ts';
import { KEPT_FOR_MS } from './upload.ts';

type Dependencies = Pick<ImportJobDependencies, 'store' | 'clock' | 'uploads'>;

/** Deletes uploads whose time is over, and what was kept for undoing longer than it has to be. */
export async function deleteExpired(dependencies: Dependencies): Promise<void> {
  await deleteExpiredUploads(dependencies);
  await deleteForgottenFiles(dependencies);
  await forgetExpiredUndo(dependencies);
}

async function deleteExpiredUploads({ store, clock, uploads }: Dependencies): Promise<void> {
  for (const { pool_id, job_id, state } of await store.read.importJobs.withExpiredUpload(clock())) {
    await uploads.remove(job_id);
    await store.transaction(async (queries) => {
      // Without its file the job cannot go on.
      await queries.importedUsers.forget('import_seen', pool_id, job_id);
      if (state === 'uploading') await queries.importJobs.delete(pool_id, job_id);
      else await queries.importJobs.update(pool_id, job_id, { upload_expires_at: null });
    }, 'long');
  }
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
      for (const table of ['import_created_user', 'previous_factor', 'previous_recovery_code'] as const) {
        await queries.importedUsers.forget(table, pool_id, job_id);
      }
      await queries.importJobs.update(pool_id, job_id, { undoable_until: null });
    }, 'long');
  }
}
