import type { ErrorCode } from '../../errors/table.ts';
import type { TextParameters } from '../../language.ts';
import type { SourceOptions, SourceUser } from '../../sources/source.ts';
import { IMPORT_JOB_STATES, type ImportJobState } from '../../store/schema.ts';
import type { ImportOptions } from '../entry.ts';
import type { Reason } from '../reasons.ts';

export { IMPORT_JOB_STATES, type ImportJobState };

export const MATCH_TYPES = ['user_id', 'external_id', 'username', 'email', 'phone'] as const;
/** By what the user of an item is found. */
export type MatchType = (typeof MATCH_TYPES)[number];

/** How a job reads its file and what it does with it; nothing secret. */
export interface JobOptions extends Omit<SourceOptions, 'secret'> {
  /** Name of the source; `undefined`: recognised from the content. */
  readonly format?: string | undefined;
  readonly match: MatchType;
  readonly createUsers: boolean;
  readonly onExisting: ImportOptions['onExisting'];
  /** Do everything but write. */
  readonly dryRun: boolean;
  /** So many items may fail; one more stops the job before anything of its batch is written. `undefined`: any number. */
  readonly maxErrors?: number | undefined;
  /** So large a share, 0 to 1, of the items may fail; the default one is looked at from {@link SHARE_COUNTS_FROM} items on. */
  readonly maxErrorShare: number;
}

export const DEFAULT_JOB_OPTIONS: JobOptions = Object.freeze({
  match: 'user_id',
  createUsers: false,
  onExisting: 'replace',
  dryRun: false,
  maxErrorShare: 0.5,
});

/** Of fewer items a share says nothing. */
export const SHARE_COUNTS_FROM = 1_000;

/** How the items of a file came out; `added` to `nothing` sum up to `items`. */
export interface JobCounts {
  readonly items: number;
  readonly added: number;
  readonly replaced: number;
  /** The same registration was there already. */
  readonly unchanged: number;
  /** The user has another registration, and `onExisting` is `skip`. */
  readonly skipped: number;
  readonly failed: number;
  /** Users without an OTP. */
  readonly nothing: number;
  readonly usersCreated: number;
  readonly recoveryCodes: number;
  /** Seeds below the 128 bits that RFC 4226 §4 R6 asks for. */
  readonly weakSeeds: number;
  /** Of the failed ones: further items of a user who had one before in the file. */
  readonly duplicates: number;
  /** Items whose check code was verified. */
  readonly proven: number;
  /** Of what did not come along though its item did: rows of the report with severity `note`. */
  readonly notes: number;
  /** How many failed or were noted for each reason. */
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
}

/** Why a job ended before the end of its file. */
export interface JobOutcome {
  readonly code: ErrorCode | 'stopped_by_request' | 'too_many_errors';
  readonly parameters: TextParameters;
}

export interface UndoCounts {
  /** Users who have again what they had before. */
  readonly restored: number;
  /** Users who had no OTP before and have none again. */
  readonly removed: number;
  /** Users whom the job had created, deleted again. */
  readonly usersDeleted: number;
  /** Users left alone because something changed since. */
  readonly changedSince: number;
}

/** The import of a file. Times are milliseconds since 1970. */
export interface ImportJob {
  readonly jobId: string;
  readonly poolId: string;
  readonly state: ImportJobState;
  readonly fileName: string;
  readonly uploadBytes: number;
  readonly hasUsersFile: boolean;
  readonly options: JobOptions;
  /** The source that the file is read by; `undefined` before a run has begun. */
  readonly format: string | undefined;
  readonly createdBy: string;
  readonly createdAt: number;
  /** When the upload is deleted; `undefined` where it is already. */
  readonly uploadExpiresAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** Counts runs: a rehearsal and then the real one are two. */
  readonly run: number;
  /** How much of {@link uploadBytes} has been read for the items that have their answer. */
  readonly bytesDone: number;
  readonly counts: JobCounts;
  readonly outcome: JobOutcome | undefined;
  readonly undo: UndoCounts;
  /** Until when it can be undone; `undefined` where there is nothing to undo. */
  readonly undoableUntil: number | undefined;
}

/** An item that was not imported (`failed`), or not wholly (`note`). Never holds a secret. */
export interface ReportRow {
  readonly sequence: number;
  readonly severity: 'failed' | 'note';
  /** Number of the item in the file, from 1. */
  readonly item: number;
  readonly line: number | undefined;
  readonly user: SourceUser;
  readonly serial: string | undefined;
  readonly field: string;
  readonly reason: Reason;
  readonly parameters: TextParameters;
}
