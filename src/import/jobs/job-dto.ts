import { ERRORS } from '../../errors/table.ts';
import { fillText, type Language, type LocalText } from '../../language.ts';
import type { ImportJob, JobOptions, JobOutcome } from './job.ts';

const OUTCOMES: Readonly<Record<'stopped_by_request' | 'too_many_errors', LocalText>> = {
  stopped_by_request: { en: 'Stopped by request.', zh: '已按请求停止。' },
  too_many_errors: {
    en: 'Stopped before harm was done: of the first {items} items {failed} fail. Look at the report; raise --max-errors (API: maxErrors, maxErrorShare) if that is as it should be.',
    zh: '前 {items} 项中有 {failed} 项失败，为避免造成损害已停止。请查看报告；若属预期，请调高 --max-errors（API：maxErrors、maxErrorShare）。',
  },
};

/** A job as the API and `--json` of the command line show it: times in ISO 8601, nothing secret. */
export function toImportJobDto(job: ImportJob, language: Language) {
  const { outcome } = job;
  return {
    jobId: job.jobId,
    state: job.state,
    fileName: job.fileName,
    uploadBytes: job.uploadBytes,
    hasUsersFile: job.hasUsersFile,
    format: job.format ?? null,
    options: toOptionsDto(job.options),
    createdBy: job.createdBy,
    createdAt: iso(job.createdAt),
    uploadExpiresAt: isoOrNull(job.uploadExpiresAt),
    startedAt: isoOrNull(job.startedAt),
    finishedAt: isoOrNull(job.finishedAt),
    run: job.run,
    bytesDone: job.bytesDone,
    counts: job.counts,
    outcome: outcome === undefined ? null : { code: outcome.code, message: describeOutcome(outcome, language) },
    undo: job.undo,
    undoableUntil: isoOrNull(job.undoableUntil),
  };
}

export type ImportJobDto = ReturnType<typeof toImportJobDto>;

/** Why a job ended early, in a sentence. */
export function describeOutcome({ code, parameters }: JobOutcome, language: Language): string {
  const text = code === 'stopped_by_request' || code === 'too_many_errors' ? OUTCOMES[code] : ERRORS[code];
  return fillText(text, language, parameters);
}

/** Options by the names in which requests give them. */
function toOptionsDto({ assume, ...options }: JobOptions) {
  const { periodSeconds, ...rest } = assume ?? {};
  return {
    ...options,
    ...(assume === undefined
      ? {}
      : { assume: { ...rest, ...(periodSeconds === undefined ? {} : { period: periodSeconds }) } }),
  };
}

function isoOrNull(time: number | undefined): string | null {
  return time === undefined ? null : iso(time);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
