import type { ImportFailureTable, ImportJobTable } from '../../store/schema.ts';
import type { Reason } from '../reasons.ts';
import type { ImportJob, JobCounts, JobOptions, JobOutcome, ReportRow, UndoCounts } from './job.ts';
import type { Finding } from './messages.ts';

export const NO_COUNTS: JobCounts = Object.freeze({
  items: 0,
  added: 0,
  replaced: 0,
  unchanged: 0,
  skipped: 0,
  failed: 0,
  nothing: 0,
  usersCreated: 0,
  recoveryCodes: 0,
  weakSeeds: 0,
  duplicates: 0,
  proven: 0,
  notes: 0,
  reasons: Object.freeze({}),
});

export const NO_UNDO: UndoCounts = Object.freeze({ restored: 0, removed: 0, usersDeleted: 0, changedSince: 0 });

/** A name in a file may be anything; a report is for people. */
const MAXIMUM_NAME_LENGTH = 256;

/** A job as the rest of the program sees it. */
export function toImportJob(row: ImportJobTable): ImportJob {
  const orUndefined = (value: number | null) => value ?? undefined;
  return {
    jobId: row.job_id,
    poolId: row.pool_id,
    state: row.state,
    fileName: row.file_name,
    uploadBytes: row.upload_bytes,
    hasUsersFile: row.has_users_file === 1,
    options: readOptions(row),
    format: row.format ?? undefined,
    createdBy: row.created_by,
    createdAt: row.created_at,
    uploadExpiresAt: orUndefined(row.upload_expires_at),
    startedAt: orUndefined(row.started_at),
    finishedAt: orUndefined(row.finished_at),
    run: row.run,
    bytesDone: row.position_bytes,
    counts: readCounts(row),
    outcome: row.outcome === '' ? undefined : (JSON.parse(row.outcome) as JobOutcome),
    undo: readUndoCounts(row),
    undoableUntil: orUndefined(row.undoable_until),
  };
}

export function readOptions(row: Pick<ImportJobTable, 'options'>): JobOptions {
  return JSON.parse(row.options) as JobOptions;
}

export function readCounts(row: Pick<ImportJobTable, 'counts'>): JobCounts {
  return { ...NO_COUNTS, ...(JSON.parse(row.counts) as Partial<JobCounts>) };
}

export function readUndoCounts(row: Pick<ImportJobTable, 'undo_counts'>): UndoCounts {
  return { ...NO_UNDO, ...(JSON.parse(row.undo_counts) as Partial<UndoCounts>) };
}

/** The columns of a job that begin anew with each run. */
export function freshRun(now: number) {
  return {
    position_items: 0,
    position_bytes: 0,
    failures: 0,
    counts: JSON.stringify(NO_COUNTS),
    outcome: '',
    undo_position: '',
    undo_counts: JSON.stringify(NO_UNDO),
    stop_requested: 0,
    started_at: now,
    finished_at: null,
  };
}

export function toFailureRow(poolId: string, jobId: string, sequence: number, finding: Finding): ImportFailureTable {
  const named = { user: shortened(finding.user), serial: finding.serial?.slice(0, MAXIMUM_NAME_LENGTH) };
  return {
    pool_id: poolId,
    job_id: jobId,
    sequence,
    severity: finding.severity,
    item: finding.item,
    line: finding.line ?? null,
    named: JSON.stringify(named),
    field: finding.field.slice(0, MAXIMUM_NAME_LENGTH).toWellFormed(),
    reason: finding.reason,
    parameters: JSON.stringify(finding.parameters ?? {}),
  };
}

export function toReportRow(row: ImportFailureTable): ReportRow {
  const { user = {}, serial } = JSON.parse(row.named) as Partial<Pick<ReportRow, 'user' | 'serial'>>;
  return {
    sequence: row.sequence,
    severity: row.severity,
    item: row.item,
    line: row.line ?? undefined,
    user,
    serial,
    field: row.field,
    reason: row.reason as Reason,
    parameters: JSON.parse(row.parameters) as ReportRow['parameters'],
  };
}

function shortened<Names extends object>(names: Names): Names {
  const entries = Object.entries(names).map(([key, value]) => [key, String(value ?? '').slice(0, MAXIMUM_NAME_LENGTH)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== '')) as Names;
}
