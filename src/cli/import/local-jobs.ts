import type { Actor } from '../../audit/audit-log.ts';
import { toInspectionDto, toProofDto } from '../../import/jobs/inspection-dto.ts';
import type { ImportJob } from '../../import/jobs/job.ts';
import { toImportJobDto } from '../../import/jobs/job-dto.ts';
import { reportText } from '../../import/jobs/report-text.ts';
import type { Language } from '../../language.ts';
import type { Services } from '../../services.ts';
import type { JobsClient, LocalFile } from './jobs-client.ts';

/** Jobs of the database that this process has opened; it does their work itself. */
export function createLocalJobs({ importJobs }: Services, actor: Actor, language: Language): JobsClient {
  const { poolId } = actor;
  const told = (job: ImportJob) => toImportJobDto(job, language);
  return {
    upload: async (file, users) => told(await upload(file, users)),
    list: async (limit) => (await importJobs.list(poolId, { limit })).map(told),
    get: async (jobId) => told(await importJobs.get(poolId, jobId)),
    inspect: async (jobId, options, secret) =>
      toInspectionDto(await importJobs.inspect(actor, jobId, withSecret(options, secret)), language),
    prove: async (jobId, proof, options, secret) =>
      toProofDto(await importJobs.prove(actor, jobId, proof, withSecret(options, secret)), language),
    run: async (jobId, options, secret) => told(await importJobs.run(actor, jobId, options, secret)),
    async runAgain(jobId, change, secret) {
      const { options } = await importJobs.get(poolId, jobId);
      return told(await importJobs.run(actor, jobId, { ...options, dryRun: false, ...change }, secret));
    },
    resume: async (jobId, change, secret) => told(await importJobs.resume(actor, jobId, change, secret)),
    cancel: async (jobId) => told(await importJobs.cancel(actor, jobId)),
    undo: async (jobId) => told(await importJobs.undo(actor, jobId)),
    async follow(jobId, signal, onProgress) {
      const job = await importJobs.work(poolId, jobId, signal, (job) => onProgress(told(job)));
      // A server on the same database may have taken it up: then it is asked to stop.
      if (!signal.aborted || job.state !== 'running') return told(job);
      return told(await importJobs.cancel(actor, jobId));
    },
    report: (jobId, format, reason) =>
      reportText(format, importJobs.report(poolId, jobId, reason === undefined ? {} : { reason }), language),
    async problems(jobId) {
      for await (const rows of importJobs.report(poolId, jobId)) return rows;
      return [];
    },
  };

  async function upload(file: LocalFile, users: LocalFile | undefined): Promise<ImportJob> {
    const begun = await importJobs.beginUpload(actor, { fileName: file.name });
    try {
      await begun.file(file.open());
      if (users !== undefined) await begun.users(users.open());
      return (await begun.finish()).job;
    } catch (error) {
      await begun.abort();
      throw error;
    }
  }
}

/** Without a secret the one that is kept with the job counts. */
function withSecret<Options>(options: Options, secret: string | undefined) {
  return secret === undefined ? options : { ...options, secret };
}
