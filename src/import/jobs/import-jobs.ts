import type { Actor } from '../../audit/audit-log.ts';
import type { LocalText } from '../../language.ts';
import type { SourceOptions, TableInspection } from '../../sources/source.ts';
import type { ImportJob, JobOptions, ReportRow } from './job.ts';
import type { Proof } from './prove.ts';

/** Imports of files, from the upload to the undoing. Jobs belong to the pool of whoever made them. */
export interface ImportJobs {
  /** Begins to take a file. Nothing of it is on a disk in clear, ever. */
  beginUpload(actor: Actor, about: { fileName?: string; idempotencyKey?: string }): Promise<Upload>;
  /** @throws `import_job_not_found` */
  get(poolId: string, jobId: string): Promise<ImportJob>;
  /** Newest first. @param after the last job of the page before */
  list(poolId: string, page: { limit: number; after?: string | undefined }): Promise<ImportJob[]>;
  /**
   * Recognises the uploaded file and, where it is a table, shows what its columns are thought to be.
   *
   * @throws what `recogniseSource` and `Source.inspect` throw; `import_job_expired`
   */
  inspect(actor: Actor, jobId: string, options: Pick<JobOptions, 'format'> & SourceOptions): Promise<FileInspection>;
  /**
   * Starts a run, which some process, probably this one, takes up within a second; or, where the job has only been
   * rehearsed so far, the next run. `secret` is kept sealed with the job.
   *
   * @throws `import_job_state` where it runs, or where a run has written something: then resume it or undo it
   */
  run(actor: Actor, jobId: string, options: JobOptions, secret?: string): Promise<ImportJob>;
  /**
   * Works at a job in this process until it is at its end or stopped. A signal stops it at the next checkpoint.
   *
   * @param onProgress told of the job as it goes, some times a second
   */
  work(poolId: string, jobId: string, signal: AbortSignal, onProgress?: (job: ImportJob) => void): Promise<ImportJob>;
  /** Asks whoever runs the job to stop at the next checkpoint. @throws `import_job_state` where nobody runs it */
  cancel(actor: Actor, jobId: string): Promise<ImportJob>;
  /**
   * Goes on with a stopped or failed job where it was left.
   *
   * @throws `import_job_state`, `import_job_expired`; `resume_options` where a part of the file has been answered by others
   */
  resume(actor: Actor, jobId: string, change?: Partial<JobOptions>, secret?: string): Promise<ImportJob>;
  /**
   * Gives each user back what they had before the job, and leaves alone those who changed since. One that was left half
   * way goes on.
   *
   * @throws `import_job_state`, `import_undo_expired`
   */
  undo(actor: Actor, jobId: string): Promise<ImportJob>;
  /** The rows of the report, in the order of the file, some at a time. @param filter `after`: only rows of a higher sequence */
  report(
    poolId: string,
    jobId: string,
    filter?: { reason?: string; after?: number },
  ): AsyncGenerator<readonly ReportRow[], void, void>;
  /** The job whenever it has changed, at most twice a second, until it neither runs nor is being undone. */
  watch(poolId: string, jobId: string, signal: AbortSignal): AsyncGenerator<ImportJob, void, void>;
  /**
   * Looks for a user in the uploaded file and checks a code that the user's authenticator shows now.
   *
   * @param user as the file names the user, by whatever name
   */
  prove(
    actor: Actor,
    jobId: string,
    proof: { user: string; code: string },
    options: JobOptions & Pick<SourceOptions, 'secret'>,
  ): Promise<Proof>;
}

/** A file on its way. Each of its parts is read to its end. */
export interface Upload {
  /** @throws `upload_too_large`, `source_empty`; what the stream throws */
  file(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** The list of serial numbers and users. */
  users(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Keeps the upload as a job that is `ready`. Where the idempotency key was used before for the same content, the job of
   * that time is the answer, and this upload goes.
   *
   * @throws `idempotency_conflict` where the key was used for another content; `upload_incomplete` without a file
   */
  finish(): Promise<{ readonly job: ImportJob; readonly isNew: boolean }>;
  /** Removes everything; also after a failure. Does nothing after {@link finish}. */
  abort(): Promise<void>;
}

export interface FileInspection {
  readonly format: string;
  /** What in the file says so; `undefined` where the operator did. */
  readonly because: LocalText | undefined;
  /** Where it is a table. */
  readonly table: TableInspection | undefined;
}
