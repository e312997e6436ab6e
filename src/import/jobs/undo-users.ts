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
} from '../../store/schema.ts';
import type { Sealer, Vault } from '../../vault/vault.ts';
import { carryOver } from '../plan.ts';
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
  const counts: Counts = { ...NO_UNDO };
  for (const userId of userIds) {
    const isOf = (row: { user_id: string }) => row.user_id === userId;
    const state = {
      factor: factors.find(isOf),
      codes: codes.filter(isOf),
      previousFactor: previousFactors.find(isOf),
      previousCodes: previousCodes.filter(isOf),
    };
    counts[await undoUser(undoing, userId, state)]++;
  }
  await queries.importedUsers.forgetPrevious(poolId, jobId, userIds);
  return counts;
}

async function undoUser(undoing: Undoing, userId: string, state: UserState): Promise<keyof UndoCounts> {
  const { queries, vault, job, now } = undoing;
  const { factor, previousFactor } = state;
  if (factor === undefined || hasNewCodes(factor, state.codes, job.started_at ?? 0)) return 'changedSince';
  if (factor.import_id === job.job_id && previousFactor === undefined) {
    await removeFactors(queries, vault, job.pool_id, [userId], now);
    return 'removed';
  }
  if (factor.import_id === job.job_id && previousFactor !== undefined) {
    await restoreFactor(undoing, factor, previousFactor);
  } else if (
    previousFactor !== undefined ||
    !state.previousCodes.every((code) => code.factor_id === factor.factor_id)
  ) {
    return 'changedSince';
  }
  await restoreCodes(undoing, userId, state.previousCodes);
  return 'restored';
}

/** Whether the user was given codes since, or has used one: then those of before are not the user's any more. */
function hasNewCodes(factor: FactorTable, codes: readonly RecoveryCodeTable[], startedAt: number): boolean {
  return codes.some(
    ({ factor_id, origin, created_at, used_at }) =>
      factor_id === factor.factor_id &&
      ((origin !== 'import' && created_at >= startedAt) || (used_at !== null && used_at >= startedAt)),
  );
}

async function restoreFactor(
  { queries, vault, sealer, job, now }: Undoing,
  factor: FactorTable,
  { job_id: _, ...previous }: PreviousFactorTable,
): Promise<void> {
  await rememberSpent(queries, vault, [factor], now);
  const spent = await queries.factors.findSpent(job.pool_id, [previous.user_id]);
  const seed = openFactorSeed(vault, previous);
  const { user_id: userId, counter } = previous;
  const entry = { index: 0, userId, seed, parameters: parametersOf(previous), counter, recoveryCodes: [] };
  const usedUp = carryOver(vault, job.pool_id, entry, factor, spent);
  seed.wipe();
  await queries.bulk.replaceFactors([
    {
      ...resealedFactor(sealer, previous),
      last_step: Math.max(previous.last_step, usedUp.lastStep),
      counter: usedUp.counter,
      updated_at: now,
    },
  ]);
}

async function restoreCodes(
  { queries, sealer, job }: Undoing,
  userId: string,
  previousCodes: readonly PreviousRecoveryCodeTable[],
): Promise<void> {
  await queries.bulk.deleteUnusedImportedRecoveryCodes(job.pool_id, [userId]);
  await queries.bulk.insertRecoveryCodes(previousCodes.map(({ job_id: _, ...code }) => resealedCode(sealer, code)));
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
  await queries.users.deleteIdentifiers(poolId, untouched);
  await queries.users.delete(poolId, untouched);
  return untouched.length;
}
