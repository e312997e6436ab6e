import type { InspectionDto, ProofDto } from '../../import/jobs/inspection-dto.ts';
import type { JobOptions } from '../../import/jobs/job.ts';
import type { ImportJobDto } from '../../import/jobs/job-dto.ts';
import type { ReportFormat } from '../../import/jobs/report-text.ts';
import type { SourceUser } from '../../sources/source.ts';

/** A file to upload, read as it is sent. */
export interface LocalFile {
  readonly name: string;
  /** `undefined` where it cannot be known, as of a pipe. */
  readonly bytes: number | undefined;
  open(): AsyncIterable<Uint8Array>;
}

/** How a file is read. */
export type ReadingOptions = Pick<JobOptions, 'format' | 'mapping' | 'encoding' | 'assume'>;

/** A row of the report. */
export interface ProblemDto {
  readonly user: SourceUser;
  readonly reason: string;
}

/** Import jobs of one pool, here or on a server, so that commands are written once. Refusals are `FactorportError`s or {@link RemoteRefusal}s. */
export interface JobsClient {
  upload(file: LocalFile, users: LocalFile | undefined): Promise<ImportJobDto>;
  list(limit: number): Promise<readonly ImportJobDto[]>;
  get(jobId: string): Promise<ImportJobDto>;
  inspect(jobId: string, options: ReadingOptions, secret: string | undefined): Promise<InspectionDto>;
  prove(
    jobId: string,
    proof: { user: string; code: string },
    options: JobOptions,
    secret: string | undefined,
  ): Promise<ProofDto>;
  run(jobId: string, options: JobOptions, secret: string | undefined): Promise<ImportJobDto>;
  /** Runs a job that was only rehearsed, as it was rehearsed but for the change; for real where that does not say otherwise. */
  runAgain(jobId: string, change: Partial<JobOptions>, secret: string | undefined): Promise<ImportJobDto>;
  resume(jobId: string, change: Partial<JobOptions>, secret: string | undefined): Promise<ImportJobDto>;
  cancel(jobId: string): Promise<ImportJobDto>;
  undo(jobId: string): Promise<ImportJobDto>;
  /** Waits until a job that was started is at its end. The signal stops it at the next checkpoint. */
  follow(jobId: string, signal: AbortSignal, onProgress: (job: ImportJobDto) => void): Promise<ImportJobDto>;
  report(jobId: string, format: ReportFormat, reason?: string): AsyncIterable<string>;
  /** The first rows of the report. */
  problems(jobId: string): Promise<readonly ProblemDto[]>;
}
