import { FactorportError } from '../../errors/error.ts';
import { openFactorSeed, parametersOf } from '../../factors/open-factor-seed.ts';
import { removeFactors } from '../../factors/remove-factors.ts';
import { resealedCode, resealedFactor } from '../../factors/resealed-rows.ts';
import { rememberSpent } from '../../factors/spent-factor.ts';
import { beginSealing } from '../../rotation/sealing.ts';
import type { Queries } from '../../store/queries/index.ts';
import type {
  FactorTable,
  ImportJobTable,
  PreviousFactorTable,
  PreviousRecoveryCodeTable,
  RecoveryCodeTable,
  SpentFactorTable,
} from '../../store/schema.ts';
import type { Sealer, Vault } from '../../vault/vault.ts';
import type { ImportEntry } from '../entry.ts';
import { carryOver, type UsedUp } from '../plan.ts';
import type { UndoCounts } from './job.ts';
import { NO_UNDO } from './job-row.ts';

type Counts = { -readonly [Name in keyof UndoCounts]: number };

interface Undoing {
  readonly queries: Queries;
  readonly vault: Vault;
  readonly sealer: Sealer;
  readonly job: Pick<ImportJobTable, 'pool_id' | 'job_id' | 'started_at'>;
  readonly now: number;
}

/** What a user has, and what they had. */
interface UserState {
  readonly factor: FactorTable | undefined;
  readonly codes: readonly RecoveryCodeTable[];
  readonly previousFactor: PreviousFactorTable | undefined;
  readonly previousCodes: readonly PreviousRecoveryCodeTable[];
}

/** A factor and codes of before, sealed for this transaction. */
interface Before {
  readonly factor: FactorTable;
  readonly codes: readonly RecoveryCodeTable[];
}

interface Changes {
  /** Users whose first factor goes, and those of them who have used it: whom the job has created stays then. */
  readonly removed: string[];
  readonly used: string[];
  readonly restored: { readonly factor: FactorTable; readonly previous: FactorTable }[];
  readonly codesRestoredOf: string[];
  readonly codes: RecoveryCodeTable[];
}

/**
 * Gives users what they had before a job, inside the caller's transaction. Whoever has changed since (another factor,
 * recovery codes issued or redeemed) is left alone. What was used, with the factor of before or with the job's, stays
 * used.
 */
export async function undoUsers(
  queries: Queries,
  vault: Vault,
  job: Undoing['job'],
  userIds: readonly string[],
  now: number,
): Promise<UndoCounts> {
  const { pool_id: poolId, job_id: jobId } = job;
  const undoing = { queries, vault, sealer: await beginSealing(queries, vault), job, now };
  await queries.bulk.lockPool(poolId, 'shared');
  const factors = await queries.bulk.findFactors(poolId, userIds);
  const codes = await queries.bulk.findRecoveryCodes(poolId, userIds);
  const previousFactors = await queries.importedUsers.previousFactors(poolId, jobId, userIds);
  const previousCodes = await queries.importedUsers.previousCodes(poolId, jobId, userIds);
  await vault.learn([...factors, ...previousFactors].map((factor) => factor.sealed_seed));
  await vault.learn([...codes, ...previousCodes].map((code) => code.sealed_digest));
  const counts: Counts = { ...NO_UNDO };
  const changes: Changes = { removed: [], used: [], restored: [], codesRestoredOf: [], codes: [] };
  const [factorOf, codesOf] = [byUser(factors), byUser(codes)];
  const [previousFactorOf, previousCodesOf] = [byUser(previousFactors), byUser(previousCodes)];
  for (const userId of userIds) {
    const state = {
      factor: factorOf.get(userId)?.[0],
      codes: codesOf.get(userId) ?? [],
      previousFactor: previousFactorOf.get(userId)?.[0],
      previousCodes: previousCodesOf.get(userId) ?? [],
    };
    counts[decideUser(undoing, userId, state, changes)]++;
  }
  await write(undoing, changes);
  await queries.importedUsers.forgetPrevious(poolId, jobId, userIds);
  return counts;
}

function byUser<Row extends { readonly user_id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row[]> {
  return Map.groupBy(rows, (row) => row.user_id);
}

function decideUser(undoing: Undoing, userId: string, state: UserState, changes: Changes): keyof UndoCounts {
  const { factor, codes, previousFactor } = state;
  if (factor === undefined || hasNewCodes(undoing, factor, state)) return 'changedSince';
  const isOfJob = factor.import_id === undoing.job.job_id;
  if (isOfJob && previousFactor === undefined) {
    changes.removed.push(userId);
    if (factor.last_used_at !== null || codes.some((code) => code.used_at !== null)) changes.used.push(userId);
    return 'removed';
  }
  if (!isOfJob && previousFactor?.factor_id !== factor.factor_id) return 'changedSince';
  const before = reseal(undoing, state);
  // What does not open any more would not open for the user either.
  if (before === undefined) return 'changedSince';
  if (isOfJob) changes.restored.push({ factor, previous: before.factor });
  changes.codesRestoredOf.push(userId);
  changes.codes.push(...before.codes);
  return 'restored';
}

async function write({ queries, vault, job, now }: Undoing, changes: Changes): Promise<void> {
  const { pool_id: poolId } = job;
  const { bulk, factors, importedUsers } = queries;
  await importedUsers.keepUsers(poolId, job.job_id, changes.used);
  if (changes.removed.length > 0) await removeFactors(queries, vault, poolId, changes.removed, now);
  const { restored } = changes;
  if (restored.length > 0) {
    await rememberSpent(
      queries,
      vault,
      restored.map(({ factor }) => factor),
      now,
    );
    const ids = restored.map(({ factor }) => factor.user_id);
    const spent = Map.groupBy(await factors.findSpent(poolId, ids), (row) => row.user_id);
    await bulk.replaceFactors(
      restored.map((each) => restoredFactor(vault, each, spent.get(each.factor.user_id) ?? [], now)),
    );
  }
  await bulk.deleteUnusedImportedRecoveryCodes(poolId, changes.codesRestoredOf);
  await bulk.insertRecoveryCodes(changes.codes);
}

/** Whether the user was given codes since, or has used one: then those of before are not the user's any more. */
function hasNewCodes({ job }: Undoing, factor: FactorTable, { codes, previousFactor }: UserState): boolean {
  const startedAt = job.started_at ?? 0;
  // When the job gave the user codes: with the factor, or to the one that was there.
  const givenAt = factor.import_id === job.job_id ? factor.created_at : (previousFactor?.updated_at ?? 0);
  return codes
    .filter((code) => code.factor_id === factor.factor_id)
    .some(({ origin, created_at, used_at }) => {
      if (used_at !== null) return used_at >= startedAt;
      return origin === 'import' ? created_at > givenAt : created_at >= startedAt;
    });
}

/** @returns `undefined` where a seal is broken */
function reseal({ sealer }: Undoing, { previousFactor, previousCodes }: UserState): Before | undefined {
  try {
    const { job_id: _, ...factor } = previousFactor as PreviousFactorTable;
    const codes = previousCodes.map(({ job_id: _, ...code }) => resealedCode(sealer, code));
    return { factor: resealedFactor(sealer, factor), codes };
  } catch (error) {
    if (isBroken(error)) return undefined;
    throw error;
  }
}

/** The factor of before, with what it, or the one of the job, has used up meanwhile. */
function restoredFactor(
  vault: Vault,
  { factor, previous }: Changes['restored'][number],
  spent: SpentFactorTable[],
  now: number,
): FactorTable {
  const seed = openFactorSeed(vault, previous);
  const { user_id: userId, counter } = previous;
  const entry = { index: 0, userId, seed, parameters: parametersOf(previous), counter, recoveryCodes: [] };
  const usedUp = usedUpOf(vault, entry, factor, spent);
  seed.wipe();
  return {
    ...previous,
    last_step: Math.max(previous.last_step, usedUp.lastStep),
    counter: usedUp.counter,
    failures: Math.max(previous.failures, usedUp.failures),
    throttled_until: Math.max(previous.throttled_until, usedUp.throttledUntil),
    updated_at: now,
  };
}

/** @param spent with what the factor has used up: where its own seal is broken, only how often it was guessed at is lost */
function usedUpOf(vault: Vault, entry: ImportEntry, factor: FactorTable, spent: SpentFactorTable[]): UsedUp {
  try {
    return carryOver(vault, factor.pool_id, entry, factor, spent);
  } catch (error) {
    if (!isBroken(error)) throw error;
    return carryOver(vault, factor.pool_id, entry, undefined, spent);
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof FactorportError && error.code === 'seal_broken';
}

/** Deletes users whom the job created, if nothing has happened to them since. @returns how many were deleted */
export async function deleteCreatedUsers(
  queries: Queries,
  { pool_id: poolId }: Undoing['job'],
  userIds: readonly string[],
): Promise<number> {
  // As with every deletion: nobody must be about to add something to one of these users.
  await queries.bulk.lockPool(poolId, 'exclusive');
  const withFactor = new Set((await queries.bulk.findFactors(poolId, userIds)).map((factor) => factor.user_id));
  const users = await queries.users.findMany(poolId, userIds);
  const untouched = users
    .filter((user) => user.updated_at === user.created_at && !withFactor.has(user.user_id))
    .map((user) => user.user_id);
  if (untouched.length === 0) return 0;
  await queries.pendingEnrolments.deleteOfUsers(poolId, untouched);
  await queries.verifiedTokens.deleteOfUsers(poolId, untouched);
  await queries.importedUsers.forgetPrevious(poolId, undefined, untouched);
  await queries.users.deleteIdentifiers(poolId, untouched);
  await queries.users.delete(poolId, untouched);
  return untouched.length;
}
