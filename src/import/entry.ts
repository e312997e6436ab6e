import type { TextParameters } from '../language.ts';
import type { OtpParameters } from '../otp/parameters.ts';
import type { RecoveryCode } from '../otp/recovery-code.ts';
import type { Seed } from '../otp/seed.ts';
import type { Reason } from './reasons.ts';

/** One user's registration, read from a source and found possible; not yet sealed, so it must not live long. */
export interface ImportEntry {
  /** Place in the list, from 0. */
  readonly index: number;
  readonly userId: string;
  readonly seed: Seed;
  readonly parameters: OtpParameters;
  /** HOTP: the next counter that the authenticator will use; 0 for TOTP. */
  readonly counter: number;
  readonly recoveryCodes: readonly RecoveryCode[];
}

/** Why an item cannot be imported: data, not an exception, because the others may be fine. */
export interface ItemProblem {
  readonly index: number;
  /** As sent, where it can be told. */
  readonly userId?: string | undefined;
  /** Path of the field inside the item, like `otp.secret`. */
  readonly field: string;
  readonly reason: Reason;
  readonly parameters?: TextParameters | undefined;
}

export type ReadResult =
  | { readonly ok: true; readonly entry: ImportEntry }
  | { readonly ok: false; readonly problem: ItemProblem };

export const ON_EXISTING = ['replace', 'skip', 'fail'] as const;

export interface ImportOptions {
  /** What to do with a user who has a different OTP. The same one again is always left as it is. */
  readonly onExisting: (typeof ON_EXISTING)[number];
  readonly createMissingUsers: boolean;
  /** Do everything but write. */
  readonly dryRun: boolean;
}

export const DEFAULT_IMPORT_OPTIONS: ImportOptions = Object.freeze({
  onExisting: 'replace',
  createMissingUsers: false,
  dryRun: false,
});

/** How many users came out in which way; their sum is the length of the list. */
export interface ImportCounts {
  added: number;
  replaced: number;
  /** The same seed and parameters were there already; above all the last used time step stays. */
  unchanged: number;
  skipped: number;
  /** Of all: users that were made because they were missing. */
  usersCreated: number;
  /** Of all: seeds below the 128 bits that RFC 4226 §4 R6 asks for. */
  weakSeeds: number;
  recoveryCodes: number;
}
