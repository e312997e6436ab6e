import type { Algorithm, OtpType } from '../otp/parameters.ts';
import type { KeyPurpose } from '../vault/key-ring.ts';
import type { Sealed, SeedDigest } from '../vault/sealed.ts';

/*
 * The tables, as both databases have them. Times are milliseconds since 1970. Every table that grows has `user_id`, or
 * the value that is looked up, in its primary key, and no foreign key or sequence crosses that boundary, so that the
 * same SQL runs on a database that is spread over several machines.
 */

export interface Database {
  pool: PoolTable;
  app_user: UserTable;
  user_identifier: UserIdentifierTable;
  factor: FactorTable;
  recovery_code: RecoveryCodeTable;
  access_key: AccessKeyTable;
  used_nonce: UsedNonceTable;
  spent_factor: SpentFactorTable;
  pending_enrolment: PendingEnrolmentTable;
  verified_token: VerifiedTokenTable;
  audit_event: AuditEventTable;
  audit_writer: AuditWriterTable;
  time_mark: TimeMarkTable;
  ring_key: RingKeyTable;
  vault_rotation: VaultRotationTable;
  import_job: ImportJobTable;
  import_failure: ImportFailureTable;
  import_seen: ImportedUserTable;
  import_created_user: ImportedUserTable;
  previous_factor: PreviousFactorTable;
  previous_recovery_code: PreviousRecoveryCodeTable;
}

export interface PoolTable {
  pool_id: string;
  name: string;
  created_at: number;
}

export interface UserTable {
  pool_id: string;
  user_id: string;
  status: string;
  /** The documented profile fields as JSON text, given back as they came. */
  profile: string;
  created_at: number;
  updated_at: number;
}

export const SHARED_IDENTIFIER_TYPES = ['sync_relation', 'custom_field'] as const;
export type IdentifierType =
  | 'external_id'
  | 'phone'
  | 'email'
  | 'username'
  | 'identity'
  | (typeof SHARED_IDENTIFIER_TYPES)[number];

export interface UserIdentifierTable {
  pool_id: string;
  type: IdentifierType;
  value: string;
  /** Empty where only one user may have the value, the user's id where several may: part of the primary key. */
  slot: string;
  user_id: string;
}

/** A user's authenticator. One a user, as the v3 API has it. */
export interface FactorTable {
  pool_id: string;
  user_id: string;
  factor_id: string;
  type: OtpType;
  algorithm: Algorithm;
  digits: number;
  period_seconds: number;
  /** HOTP only: the next counter that may be accepted. */
  counter: number;
  sealed_seed: Sealed<'seed'>;
  /** How many steps the authenticator's clock was found to differ (RFC 6238 §6). */
  drift_steps: number;
  /** The last accepted time step; codes of it and of earlier ones are refused. -1: none yet. */
  last_step: number;
  /** Wrong codes in a row. */
  failures: number;
  /** No attempt is looked at before this time. */
  throttled_until: number;
  source: string;
  imported_by: string;
  /** Request id of the import, the same as in its audit event. */
  import_id: string;
  created_at: number;
  updated_at: number;
  last_used_at: number | null;
}

export interface RecoveryCodeTable {
  pool_id: string;
  user_id: string;
  code_id: string;
  factor_id: string;
  sealed_digest: Sealed<'recovery-digest'>;
  created_at: number;
  used_at: number | null;
  /** Whence the code: imported, made at enrolment, given in place of a used one, or issued by an administrator. */
  origin: 'import' | 'enrolment' | 'fresh' | 'issued';
  /** Whether the digest has its Argon2id layer, is still to get it, or is of a code too long to need one. */
  hardening: 'due' | 'done' | 'unneeded';
}

/**
 * What a factor that is gone has used up, so that the same seed coming back does not open it again. It holds no seed:
 * only a keyed digest that recognises one.
 */
export interface SpentFactorTable {
  pool_id: string;
  user_id: string;
  factor_id: string;
  seed_digest: SeedDigest;
  /** TOTP: the end of the last used time step, 0 if none was. */
  used_until: number;
  /** HOTP: the next counter that may be accepted; 0 for TOTP. */
  counter: number;
  retired_at: number;
}

/** An authenticator that its user is about to enrol; one a user, for a minute. Always TOTP with the default parameters. */
export interface PendingEnrolmentTable {
  pool_id: string;
  user_id: string;
  /** Digest of the enrolment token, which only the user has. */
  token_digest: Uint8Array;
  factor_id: string;
  sealed_seed: Sealed<'seed'>;
  code_id: string;
  sealed_digest: Sealed<'recovery-digest'>;
  /** Wrong codes given with this token. */
  failures: number;
  expires_at: number;
}

/** That the factor was verified by the bearer of a user token. */
export interface VerifiedTokenTable {
  pool_id: string;
  user_id: string;
  /** The token's id, or a digest of the token where it has none; never the token. */
  token_id: string;
  factor_id: string;
  verified_at: number;
  expires_at: number;
}

export interface AccessKeyTable {
  access_key_id: string;
  pool_id: string;
  name: string;
  type: string;
  /** The user or tenant that the key was made for, as the v3 API lets one say; empty where none was. */
  owner_user_id: string;
  tenant_id: string;
  sealed_secret: Sealed<'access-key-secret'>;
  /** Scope names separated by spaces. */
  scopes: string;
  /** 1 or 0. */
  enabled: number;
  created_at: number;
  last_used_at: number | null;
}

export interface UsedNonceTable {
  access_key_id: string;
  nonce: string;
  /** When a request with this nonce would be refused for its time anyway, so that the row may go. */
  expires_at: number;
}

export interface AuditEventTable {
  /** Who numbers its events from 1 by itself, so that no lock is shared: see audit-writers.ts. */
  writer_id: string;
  sequence: number;
  pool_id: string;
  at: number;
  action: string;
  result: string;
  /** Access key id, or `cli`, or empty where the caller did not prove who it is. */
  actor: string;
  address: string;
  request_id: string;
  user_id: string | null;
  /** Counts and codes as JSON text; never a secret. */
  detail: string;
  /** Keyed hash over this event and the hash of the one before it by the same writer; null in rows older than the chain. */
  hash: Uint8Array | null;
}

/** Where a writer's chain of hashes begins and ends. */
export interface AuditWriterTable {
  writer_id: string;
  /** The first event that is still kept, and the hash of the one before it; empty bytes for the very first. */
  first_sequence: number;
  first_hash: Uint8Array;
  /** Keyed hash over the two above. */
  first_mac: Uint8Array;
  last_sequence: number;
  last_hash: Uint8Array;
  /** Keyed hash over the two above and the time. */
  last_mac: Uint8Array;
  updated_at: number;
}

/** A time to remember, by its name. */
export interface TimeMarkTable {
  name: string;
  at: number;
}

export interface RingKeyTable {
  key_id: number;
  purpose: KeyPurpose;
  wrapped_key: Uint8Array;
  created_at: number;
}

/** A rotation of the seal keys: how far it has come, so that any process can go on with it. */
export interface VaultRotationTable {
  rotation_id: string;
  /** The key that everything is sealed with in the end. */
  new_key_id: number;
  /** Ids of the keys that will be destroyed, separated by spaces. */
  retired_key_ids: string;
  started_by: string;
  started_at: number;
  /** When nobody sealed with a retired key any more; null until then. */
  fenced_at: number | null;
  /** How often the tables have been gone through, this time included. */
  pass: number;
  /** The last row looked at in this pass: its table, and its primary key as a JSON list; empty before the first. */
  position_table: string;
  position_key: string;
  /** Values sealed anew so far. */
  resealed: number;
  /** Values met in this pass that a retired key has sealed, and those of them that do not open. */
  met: number;
  broken: number;
  finished_at: number | null;
}

/**
 * `uploading`: the file is on its way. `ready`: it is there, and nothing is written yet or only rehearsed. `running`: at
 * work, or to be taken up by the next process that looks. `stopped`: ended before the end of the file, to be resumed or
 * not. `finished`: every item has its answer. `failed`: the file cannot be read on. `undoing`, `undone`.
 */
export const IMPORT_JOB_STATES = [
  'uploading',
  'ready',
  'running',
  'stopped',
  'finished',
  'failed',
  'undoing',
  'undone',
] as const;
export type ImportJobState = (typeof IMPORT_JOB_STATES)[number];

/** The import of a file: how far it has come, so that any process can go on with it. */
export interface ImportJobTable {
  pool_id: string;
  job_id: string;
  state: ImportJobState;
  /** Chosen by the caller: the same upload sent again is this job. */
  idempotency_key: string | null;
  /** Keyed digest of what was uploaded. */
  upload_digest: Uint8Array;
  file_name: string;
  upload_bytes: number;
  /** 1 where a list of serial numbers and users was uploaded, too. */
  has_users_file: number;
  /** The key of the upload, and the password of the file where one was given. */
  sealed_secrets: Sealed<'job-secrets'>;
  /** How to run, as JSON text; nothing secret. */
  options: string;
  /** Name of the source; null before it is known. */
  format: string | null;
  created_by: string;
  created_at: number;
  /** When the upload is deleted; null once it is. */
  upload_expires_at: number | null;
  started_at: number | null;
  finished_at: number | null;
  /** The process at work; null while there is none. */
  runner: string | null;
  /** Rises while a runner is alive. */
  heartbeat: number;
  /** 1 where somebody asked the runner to stop. */
  stop_requested: number;
  /** Counts runs: a rehearsal and then the real one are two. */
  run: number;
  /** Items of the file that have their answer, and bytes of the upload read for them. */
  position_items: number;
  position_bytes: number;
  /** Rows of `import_failure`. */
  failures: number;
  /** Totals by outcome and reason, as JSON text. */
  counts: string;
  /** Why it stopped or failed, as JSON text; empty while it has not. */
  outcome: string;
  undo_position: string;
  undo_counts: string;
  /** Until when what users had before is kept; null where there is nothing to undo. */
  undoable_until: number | null;
}

/** An item of a file that was not imported, or not wholly. */
export interface ImportFailureTable {
  pool_id: string;
  job_id: string;
  /** From 1, in the order of the file. */
  sequence: number;
  severity: 'failed' | 'note';
  item: number;
  line: number | null;
  /** How the file names the user and the token, as JSON text. */
  named: string;
  field: string;
  reason: string;
  parameters: string;
}

/**
 * A user of a job. In `import_seen`: one who has had an answer without a factor of the job to show it, so that a second
 * item of the same user is noticed however far apart the two stand; until the job ends. In `import_created_user`: one
 * whom the job created.
 */
export interface ImportedUserTable {
  pool_id: string;
  user_id: string;
  job_id: string;
}

/** A factor that a job replaced, for undoing it. */
export interface PreviousFactorTable extends FactorTable {
  job_id: string;
}

/** A recovery code that a job took away, for undoing it. */
export interface PreviousRecoveryCodeTable extends RecoveryCodeTable {
  job_id: string;
}
