import type { Kysely } from 'kysely';
import type { ChainPiece } from '../audit-chain.ts';
import type { AuditChain } from '../audit-writers.ts';
import type { Database, FactorTable, RecoveryCodeTable, UserTable } from '../schema.ts';
import type { Engine } from '../store.ts';

/** What the queries of one connection work with. */
export interface QueryContext {
  readonly engine: Engine;
  readonly database: Kysely<Database>;
  readonly bulk: BulkOperations;
  readonly audit: AuditOperations;
}

export interface AuditOperations {
  /** The chain that the current transaction lengthens. */
  readonly chain: AuditChain;
  write(piece: ChainPiece): Promise<void>;
}

/** A factor that an import meets: enough to tell whether it is the same one, and to replace it safely. */
export type StoredFactor = Pick<
  FactorTable,
  | 'user_id'
  | 'factor_id'
  | 'type'
  | 'algorithm'
  | 'digits'
  | 'period_seconds'
  | 'counter'
  | 'sealed_seed'
  | 'last_step'
  | 'failures'
  | 'throttled_until'
>;

export type StoredRecoveryCode = Pick<
  RecoveryCodeTable,
  'user_id' | 'code_id' | 'factor_id' | 'sealed_digest' | 'used_at' | 'origin' | 'hardening'
>;

/** A column of sealed values, and the primary key of its table. */
export interface SealedColumn {
  readonly table:
    | 'factor'
    | 'recovery_code'
    | 'access_key'
    | 'pending_enrolment'
    | 'previous_factor'
    | 'previous_recovery_code'
    | 'import_job';
  readonly column: 'sealed_seed' | 'sealed_digest' | 'sealed_secret' | 'sealed_secrets';
  readonly key: readonly string[];
}

export interface SealChange {
  /** In the order of {@link SealedColumn.key}. */
  readonly key: readonly string[];
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** Of some users, those about whom there is something to say: for a first import, usually nobody. */
export interface UserSurvey {
  readonly missing: readonly string[];
  readonly withFactor: readonly string[];
  /** Who has recovery codes, or once had a factor that used something up. */
  readonly withPast: readonly string[];
}

/**
 * The operations over many rows, which each engine does in its own fastest way. Lists may be of any length; the order
 * of what is found is not defined.
 */
export interface BulkOperations {
  /** Keeps deletions of users out until the transaction ends, or, with `exclusive`, everything that adds to users. */
  lockPool(poolId: string, mode: 'shared' | 'exclusive'): Promise<void>;
  /** As `exclusive` of {@link lockPool}, without waiting. @returns whether nobody has it locked */
  tryLockPool(poolId: string): Promise<boolean>;
  /** Which of these users do not exist, and which have a factor. */
  surveyUsers(poolId: string, userIds: readonly string[]): Promise<UserSurvey>;
  /**
   * Whether one of these users, who have just got a factor in this transaction and had none and no past at its survey, has
   * used something up since: by a factor that came and went meanwhile. Never so where there is one writer.
   */
  hasNewPast(poolId: string, userIds: readonly string[]): Promise<boolean>;
  insertUsers(rows: readonly UserTable[]): Promise<void>;
  /** Finds the factors and, on an engine with several writers, locks them until the transaction ends. */
  findFactors(poolId: string, userIds: readonly string[]): Promise<StoredFactor[]>;
  findRecoveryCodes(poolId: string, userIds: readonly string[]): Promise<StoredRecoveryCode[]>;
  /** Adds factors of users who have none. */
  insertFactors(rows: readonly FactorTable[]): Promise<void>;
  /** Puts factors in the place of those their users have. */
  replaceFactors(rows: readonly FactorTable[]): Promise<void>;
  insertRecoveryCodes(rows: readonly RecoveryCodeTable[]): Promise<void>;
  /** Used ones stay: they must be recognised if they come again. */
  deleteUnusedRecoveryCodes(poolId: string, userIds: readonly string[]): Promise<void>;
  deleteUnusedImportedRecoveryCodes(poolId: string, userIds: readonly string[]): Promise<void>;
  /**
   * Puts sealed values in the place of others, in rows that still have these and that nobody else is changing.
   *
   * @returns in how many rows
   */
  replaceSeals(where: SealedColumn, changes: readonly SealChange[]): Promise<number>;
}
