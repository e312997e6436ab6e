import type { Kysely } from 'kysely';
import type { ChainPiece } from '../audit-chain.ts';
import type { AuditChain } from '../audit-writers.ts';
import type { PackedRows } from '../packed.ts';
import type { Database, FactorTable, RecoveryCodeTable, UserIdentifierTable, UserTable } from '../schema.ts';
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
  findFactors(poolId: string, userIds: readonly string[]): Promise<FactorTable[]>;
  findRecoveryCodes(poolId: string, userIds: readonly string[]): Promise<RecoveryCodeTable[]>;
  /**
   * Adds those factors whose users exist, have none, and have nothing used up that a new one would have to take over.
   *
   * @param userIds the users by place; each row's owner is a place
   * @param how which places to leave out; and whether most probably all others can be added: then they are, and looked
   *   at afterwards
   * @returns the places of those others that were not added
   */
  addClearFactors(
    poolId: string,
    userIds: readonly (string | null)[],
    factors: PackedRows,
    how: { readonly leaveOut: ReadonlySet<number>; readonly likelyAll: boolean },
  ): Promise<ReadonlySet<number>>;
  /** @param leaveOut places whose rows are not written */
  insertPackedRecoveryCodes(codes: PackedRows, leaveOut: ReadonlySet<number>): Promise<void>;
  /** Adds identifiers that nobody has. @returns those that somebody has */
  insertNewIdentifiers(rows: readonly UserIdentifierTable[]): Promise<UserIdentifierTable[]>;
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
