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
  const states = statesOf(userIds, { factors, codes, previousFactors, previousCodes });
  const counts: Counts = { ...NO_UNDO };
  const removing: FactorTable[] = [];
  const used: string[] = [];
  const restoring: Restoring[] = [];
  for (const [userId, one] of states) {
    const decision = decide(undoing, one);
    counts[decision.kind]++;
    if (decision.kind === 'removed') {
      removing.push(decision.factor);
      if (decision.isUsed) used.push(userId);
    } else if (decision.kind === 'restored') restoring.push(decision);
  }
  await removeAll(undoing, removing, used);
  await restoreAll(undoing, restoring);
  await queries.importedUsers.forgetPrevious(poolId, jobId, userIds);
  return counts;
}

type Decision =
  | { readonly kind: 'changedSince' }
  | { readonly kind: 'removed'; readonly factor: FactorTable; readonly isUsed: boolean }
  | ({ readonly kind: 'restored' } & Restoring);

/** What a user gets back. */
interface Restoring {
  readonly userId: string;
  /** The job's factor; `undefined` where the job left the factor as it was. */
  readonly replaced: FactorTable | undefined;
  readonly factor: FactorTable;
  readonly codes: readonly RecoveryCodeTable[];
}

interface Found {
  readonly factors: readonly FactorTable[];
  readonly codes: readonly RecoveryCodeTable[];
  readonly previousFactors: readonly PreviousFactorTable[];
  readonly previousCodes: readonly PreviousRecoveryCodeTable[];
}

function statesOf(userIds: readonly string[], found: Found): Map<string, UserState> {
  const byUser = <Row extends { user_id: string }>(rows: readonly Row[]) => Map.groupBy(rows, (row) => row.user_id);
  const factors = byUser(found.factors);
  const codes = byUser(found.codes);
  const previousFactors = byUser(found.previousFactors);
  const previousCodes = byUser(found.previousCodes);
  return new Map(
    userIds.map((userId) => [
      userId,
      {
        factor: factors.get(userId)?.[0],
        codes: codes.get(userId) ?? [],
        previousFactor: previousFactors.get(userId)?.[0],
        previousCodes: previousCodes.get(userId) ?? [],
      },
    ]),
  );
}

function decide(undoing: Undoing, state: UserState): Decision {
  const { factor, previousFactor, codes } = state;
  if (factor === undefined || hasNewCodes(undoing, factor, state)) return { kind: 'changedSince' };
  const isOfJob = factor.import_id === undoing.job.job_id;
  if (isOfJob && previousFactor === undefined) {
    const isUsed = factor.last_used_at !== null || codes.some((code) => code.used_at !== null);
    return { kind: 'removed', factor, isUsed };
  }
  if (!isOfJob && previousFactor?.factor_id !== factor.factor_id) return { kind: 'changedSince' };
  const resealed = reseal(undoing, state);
  // What does not open any more would not open for the user either.
  if (resealed === undefined) return { kind: 'changedSince' };
  return { kind: 'restored', userId: factor.user_id, replaced: isOfJob ? factor : undefined, ...resealed };
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

/** Takes away factors that were their users' first. Whom the job has created stays, once a code was used. */
async function removeAll(
  { queries, vault, job, now }: Undoing,
  factors: readonly FactorTable[],
  usedBy: readonly string[],
): Promise<void> {
  if (factors.length === 0) return;
  const { pool_id: poolId, job_id: jobId } = job;
  const userIds = factors.map((factor) => factor.user_id);
  await queries.importedUsers.keepUsers(poolId, jobId, usedBy);
  await removeFactors(queries, vault, poolId, userIds, now);
}

interface Restored {
  readonly factor: FactorTable;
  readonly codes: readonly RecoveryCodeTable[];
}

/** @returns `undefined` where a seal is broken */
function reseal({ sealer }: Undoing, { previousFactor, previousCodes }: UserState): Restored | undefined {
  try {
    const { job_id: _, ...factor } = previousFactor as PreviousFactorTable;
    const codes = previousCodes.map(({ job_id: _, ...code }) => resealedCode(sealer, code));
    return { factor: resealedFactor(sealer, factor), codes };
  } catch (error) {
    if (isBroken(error)) return undefined;
    throw error;
  }
}

async function restoreAll(undoing: Undoing, restoring: readonly Restoring[]): Promise<void> {
  if (restoring.length === 0) return;
  const { queries, vault, job, now } = undoing;
  const userIds = restoring.map(({ userId }) => userId);
  const replaced = restoring.map((one) => one.replaced).filter((factor) => factor !== undefined);
  await rememberSpent(queries, vault, replaced, now);
  const spent = Map.groupBy(await queries.factors.findSpent(job.pool_id, userIds), (row) => row.user_id);
  const rows = restoring.map((one) => restoredRow(undoing, one, spent.get(one.userId) ?? []));
  await queries.bulk.replaceFactors(rows.filter((row) => row !== undefined));
  await queries.bulk.deleteUnusedImportedRecoveryCodes(job.pool_id, userIds);
  await queries.bulk.insertRecoveryCodes(restoring.flatMap(({ codes }) => codes));
}

/** @returns `undefined` where the factor is the user's still */
function restoredRow(
  undoing: Undoing,
  { userId, replaced, factor: previous }: Restoring,
  spent: SpentFactorTable[],
): FactorTable | undefined {
  if (replaced === undefined) return undefined;
  const seed = openFactorSeed(undoing.vault, previous);
  const { counter } = previous;
  const entry = { index: 0, userId, seed, parameters: parametersOf(previous), counter, recoveryCodes: [] };
  const usedUp = usedUpOf(undoing, entry, replaced, spent);
  seed.wipe();
  return {
    ...previous,
    last_step: Math.max(previous.last_step, usedUp.lastStep),
    counter: usedUp.counter,
    failures: Math.max(previous.failures, usedUp.failures),
    throttled_until: Math.max(previous.throttled_until, usedUp.throttledUntil),
    updated_at: undoing.now,
  };
}

/** @param spent with what the factor has used up: where its own seal is broken, only how often it was guessed at is lost */
function usedUpOf({ vault, job }: Undoing, entry: ImportEntry, factor: FactorTable, spent: SpentFactorTable[]): UsedUp {
  try {
    return carryOver(vault, job.pool_id, entry, factor, spent);
  } catch (error) {
    if (!isBroken(error)) throw error;
    return carryOver(vault, job.pool_id, entry, undefined, spent);
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
