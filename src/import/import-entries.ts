import { setImmediate } from 'node:timers/promises';
import { beginSealing } from '../rotation/sealing.ts';
import type { Queries } from '../store/queries/index.ts';
import type { SpentFactorTable } from '../store/schema.ts';
import { LostRace } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import {
  type Changes,
  type Decider,
  decideEntries,
  type Existing,
  type JobDetails,
  noChanges,
} from './decide-entries.ts';
import type { ImportCounts, ImportEntry, ImportOptions, ItemProblem } from './entry.ts';
import type { Origin } from './seal-entry.ts';

/** So many rows are written at a time. */
const ROWS_A_CHUNK = 10_000;
/** After so many rows sealed, what else waits gets its turn: other requests, and the database that takes the last chunk. */
const ROWS_A_TURN = 500;
const USERS_A_QUERY = 500;

export interface EntriesToImport {
  readonly entries: readonly ImportEntry[];
  readonly origin: Origin;
  readonly options: ImportOptions;
  /** For a job: each entry has its own answer. Without one the import is all or nothing. */
  readonly job?: JobDetails;
}

/** What came of it. Where there are problems and it is no job, the caller must undo the transaction. */
export interface ImportResult {
  readonly counts: ImportCounts;
  readonly problems: readonly ItemProblem[];
  /** Users for whom nothing of the factor changed. */
  readonly seen: readonly string[];
}

/**
 * Imports entries of different users into the caller's transaction: look up, decide, seal, write. While a chunk is on
 * its way to the database the next one is sealed.
 */
export async function importEntries(
  queries: Queries,
  vault: Vault,
  { entries, origin, options, job }: EntriesToImport,
): Promise<ImportResult> {
  const { poolId } = origin;
  // In the order of the primary keys, which is the order in which indexes grow fastest.
  let ordered = [...entries].sort((left, right) => (left.userId < right.userId ? -1 : 1));
  const userIds = ordered.map((entry) => entry.userId);
  const sealer = await beginSealing(queries, vault);
  await queries.bulk.lockPool(poolId, 'shared');
  const counts = noCounts();
  const survey = await queries.bulk.surveyUsers(poolId, userIds);
  const problems = await provideUsers(queries, ordered, survey.missing, origin, options, counts);
  if (job !== undefined && problems.length > 0) {
    const missing = new Set(survey.missing);
    ordered = ordered.filter((entry) => !missing.has(entry.userId));
  }
  const seen: string[] = [];
  const known = new Set([...survey.withFactor, ...survey.withPast]);
  const factors = await findFactors(queries, poolId, survey.withFactor);
  // Asked again: whoever held one of these factors until now may have retired it.
  const { withPast } = survey.withFactor.length > 0 ? await queries.bulk.surveyUsers(poolId, [...known]) : survey;
  const spent = await findSpent(queries, poolId, withPast);
  await vault.learn([...factors.values()].map((factor) => factor.sealed_seed));

  let writing = Promise.resolve();
  try {
    for (const chunk of partsOf(ordered, ROWS_A_CHUNK)) {
      const some = chunk.map((entry) => entry.userId).filter((userId) => known.has(userId));
      const existing = { factors, spent, codes: await findCodes(queries, poolId, some) };
      await vault.learn([...existing.codes.values()].flat().map((code) => code.sealed_digest));
      // Once there is a problem nothing is written any more, but every other problem is still to be told.
      const changes = await sealChunk(chunk, {
        vault,
        sealer,
        origin,
        onExisting: options.onExisting,
        existing,
        counts,
        problems,
        job,
      });
      await writing;
      if (problems.length > 0 && job === undefined) continue;
      seen.push(...changes.seen);
      writing = write(queries, poolId, changes);
      // A failure is met at the next `await writing`; until then it must not count as one that nobody handles.
      writing.catch(() => undefined);
    }
  } finally {
    // Also when sealing fails: a write that outlived the transaction would be kept although the rest is undone.
    await writing;
  }
  if (problems.length === 0 || job !== undefined) await refuseStalePast(queries, poolId, userIds, known);
  return { counts, problems, seen };
}

/**
 * A user without a factor at the survey may have got one since, used a code and lost it again, before ours was there to
 * keep others out.
 */
async function refuseStalePast(
  { bulk }: Queries,
  poolId: string,
  userIds: readonly string[],
  known: ReadonlySet<string>,
): Promise<void> {
  const added = userIds.filter((userId) => !known.has(userId));
  if (await bulk.hasNewPast(poolId, added))
    throw new LostRace('a factor came and went while this import was under way');
}

async function sealChunk(entries: readonly ImportEntry[], decider: Decider): Promise<Changes> {
  const changes = noChanges();
  for (const some of partsOf(entries, ROWS_A_TURN, decider.existing.codes)) {
    decideEntries(some, decider, changes);
    await setImmediate();
  }
  return changes;
}

/** Cuts entries into parts of about so many rows; recovery codes, given and already stored, cost as rows do. */
function* partsOf(entries: readonly ImportEntry[], rows: number, stored?: Existing['codes']): Generator<ImportEntry[]> {
  let part: ImportEntry[] = [];
  let weight = 0;
  for (const entry of entries) {
    part.push(entry);
    weight += 1 + entry.recoveryCodes.length + (stored?.get(entry.userId)?.length ?? 0);
    if (weight < rows) continue;
    yield part;
    part = [];
    weight = 0;
  }
  if (part.length > 0) yield part;
}

/** Tells, for those users that do not exist, that they are missing, or makes them. */
async function provideUsers(
  queries: Queries,
  entries: readonly ImportEntry[],
  missingIds: readonly string[],
  { poolId, now }: Origin,
  { createMissingUsers }: ImportOptions,
  counts: ImportCounts,
): Promise<ItemProblem[]> {
  const missing = new Set(missingIds);
  if (missing.size === 0) return [];
  if (!createMissingUsers) return entries.filter((entry) => missing.has(entry.userId)).map(userNotFound);
  counts.usersCreated = missing.size;
  const user = { pool_id: poolId, status: 'Activated', profile: '{}', created_at: now, updated_at: now };
  await queries.bulk.insertUsers([...missing].map((userId) => ({ ...user, user_id: userId })));
  return [];
}

async function findFactors(queries: Queries, poolId: string, userIds: readonly string[]): Promise<Existing['factors']> {
  const factors = userIds.length === 0 ? [] : await queries.bulk.findFactors(poolId, userIds);
  return new Map(factors.map((factor) => [factor.user_id, factor]));
}

async function findSpent(queries: Queries, poolId: string, userIds: readonly string[]): Promise<Existing['spent']> {
  const spent: SpentFactorTable[] = [];
  for (let start = 0; start < userIds.length; start += USERS_A_QUERY) {
    spent.push(...(await queries.factors.findSpent(poolId, userIds.slice(start, start + USERS_A_QUERY))));
  }
  return Map.groupBy(spent, (factor) => factor.user_id);
}

/** A chunk's at a time: a population may have a hundred for each of its users. */
async function findCodes(queries: Queries, poolId: string, userIds: readonly string[]): Promise<Existing['codes']> {
  const codes = userIds.length === 0 ? [] : await queries.bulk.findRecoveryCodes(poolId, userIds);
  return Map.groupBy(codes, (code) => code.user_id);
}

async function write(queries: Queries, poolId: string, changes: Changes): Promise<void> {
  const { bulk, factors, importedUsers } = queries;
  await importedUsers.keepFactors(changes.previousFactors);
  await importedUsers.keepCodes(changes.previousCodes);
  if (changes.codesReplacedOf.length > 0) await bulk.deleteUnusedRecoveryCodes(poolId, changes.codesReplacedOf);
  if (changes.importedCodesReplacedOf.length > 0) {
    await bulk.deleteUnusedImportedRecoveryCodes(poolId, changes.importedCodesReplacedOf);
  }
  for (let start = 0; start < changes.spent.length; start += USERS_A_QUERY) {
    await factors.insertSpent(changes.spent.slice(start, start + USERS_A_QUERY));
  }
  for (const { userId, factorId, counter } of changes.countersAdvanced) {
    await factors.advanceCounter(poolId, userId, factorId, counter);
  }
  await bulk.replaceFactors(changes.replaced);
  await bulk.insertFactors(changes.added);
  await bulk.insertRecoveryCodes(changes.codes);
}

export function userNotFound({ index, userId }: ImportEntry): ItemProblem {
  return { index, userId, field: 'userId', reason: 'user_not_found' };
}

function noCounts(): ImportCounts {
  return { added: 0, replaced: 0, unchanged: 0, skipped: 0, usersCreated: 0, weakSeeds: 0, recoveryCodes: 0 };
}
