import type { Actor, AuditLog } from '../../audit/audit-log.ts';
import { parseRecoveryCode, type RecoveryCode } from '../../otp/recovery-code.ts';
import { Seed } from '../../otp/seed.ts';
import type { Queries } from '../../store/queries/index.ts';
import type { Vault } from '../../vault/vault.ts';
import type { ImportCounts, ImportEntry, ItemProblem } from '../entry.ts';
import { importEntries } from '../import-entries.ts';
import type { Origin } from '../seal-entry.ts';
import { type CreatedUsers, createMissingUsers, NOBODY_CREATED, takenFinding } from './find-users.ts';
import type { JobCounts, JobOptions } from './job.ts';
import type { BatchEntry, ClearEntry, Finding } from './messages.ts';
import type { PreparedBatch } from './reader.ts';

/** Thrown in a transaction that finds that the batch was sealed with a key that is not the newest any more. */
export class SealKeyChanged extends Error {
  override readonly name = 'SealKeyChanged';
  readonly sealKeyId: number;
  constructor(sealKeyId: number) {
    super('the seal key was rotated while a batch was under way');
    this.sealKeyId = sealKeyId;
  }
}

/** What a batch is written with. */
export interface BatchContext {
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly actor: Actor;
  readonly origin: Origin;
  readonly jobId: string;
  readonly options: JobOptions;
  /** Whether the job has users in `import_seen`. */
  readonly hasSeen: boolean;
  readonly likelyAll: boolean;
  clearEntries(places: readonly number[]): Promise<readonly ClearEntry[]>;
}

/** What came of a batch. */
export interface BatchResult {
  readonly counts: Omit<JobCounts, 'reasons' | 'failed' | 'duplicates' | 'notes'>;
  /** In the order of the file. */
  readonly findings: readonly Finding[];
  /** Users to remember, because no factor of this job shows that they had their answer. */
  readonly seen: readonly string[];
  /** Whether every user could be given a first factor without a look at what they have. */
  readonly wasAllClear: boolean;
}

const EMPTY: ReadonlySet<string> = new Set();

/**
 * Writes a batch into the caller's transaction: those who get their first factor as they come from the reading thread,
 * the others one by one, compared with what they have.
 *
 * @throws SealKeyChanged where the batch must be sealed again
 */
export async function writeBatch(
  queries: Queries,
  context: BatchContext,
  prepared: PreparedBatch,
): Promise<BatchResult> {
  const { origin, options, jobId } = context;
  const { batch, userIds, sealed } = prepared;
  const { poolId } = origin;
  const held = await queries.ringKeys.holdSealKey(sealed.sealKeyId);
  if (held !== sealed.sealKeyId) throw new SealKeyChanged(held);
  await queries.bulk.lockPool(poolId, 'shared');

  const ids = userIds.filter((userId) => userId !== null);
  const seen = context.hasSeen ? new Set(await queries.importedUsers.among('import_seen', poolId, jobId, ids)) : EMPTY;
  const users = options.createUsers ? await createUsers(queries, context, prepared, seen) : NOBODY_CREATED;
  const leaveOut = placesToLeaveOut(userIds, seen, users);
  const how = { leaveOut, likelyAll: context.likelyAll };
  const unclear = await queries.bulk.addClearFactors(poolId, userIds, sealed.factors, how);
  await queries.bulk.insertPackedRecoveryCodes(sealed.codes, new Set([...leaveOut, ...unclear]));
  await queries.importedUsers.add('import_created_user', poolId, jobId, users.created);

  const outcome = startOutcome(prepared, seen, users);
  const added = new Set<number>();
  for (const place of sealed.factors.owners) if (!leaveOut.has(place) && !unclear.has(place)) added.add(place);
  for (const place of added) countAdded(outcome, batch.entries[place] as BatchEntry, userIds[place] as string);
  const { counts, problems, remembered } = outcome;
  for (const round of roundsOf(userIds, added, users, seen)) {
    const answered = new Set([...seen, ...(await seenMoved(queries, context, users)), ...remembered.all]);
    await compareRound(queries, context, round, outcome, batch.entries, answered);
  }
  counts.usersCreated = users.created.length;
  return {
    counts,
    findings: [...batch.findings, ...problems].sort((left, right) => left.item - right.item),
    seen: options.dryRun ? [...remembered.all, ...users.marks] : remembered.withoutFactor,
    wasAllClear: unclear.size === 0,
  };
}

/** Creates who is missing, but for those who had their answer: a rehearsal has left none of them behind. */
function createUsers(
  queries: Queries,
  { origin, options, jobId }: BatchContext,
  { batch, userIds }: PreparedBatch,
  seen: ReadonlySet<string>,
): Promise<CreatedUsers> {
  const creating = { ...origin, jobId, match: options.match, dryRun: options.dryRun };
  const wanted = userIds.map((userId) => (userId === null || seen.has(userId) ? null : userId));
  return createMissingUsers(queries, creating, batch.entries, wanted);
}

async function seenMoved(
  queries: Queries,
  { origin, jobId, hasSeen }: BatchContext,
  { moved }: CreatedUsers,
): Promise<readonly string[]> {
  if (!hasSeen || moved.size === 0) return [];
  return queries.importedUsers.among('import_seen', origin.poolId, jobId, [...moved.values()]);
}

type Counts = { -readonly [Name in keyof BatchResult['counts']]: number };

interface Outcome {
  readonly counts: Counts;
  readonly problems: Finding[];
  readonly remembered: { readonly all: string[]; readonly withoutFactor: string[] };
}

function startOutcome({ batch, userIds }: PreparedBatch, seen: ReadonlySet<string>, { taken }: CreatedUsers): Outcome {
  const { items, nothing, proven } = batch;
  const problems: Finding[] = [];
  batch.entries.forEach((entry, place) => {
    const userId = userIds[place];
    if (userId === null || userId === undefined) problems.push(findingOf(entry, 'user_not_found'));
    else if (seen.has(userId)) problems.push(findingOf(entry, 'duplicate_user'));
    else if (taken.has(place)) problems.push(takenFinding(entry, taken.get(place) as string));
  });
  const counts = { items, nothing, proven, added: 0, replaced: 0, unchanged: 0, skipped: 0 };
  return {
    counts: { ...counts, usersCreated: 0, recoveryCodes: 0, weakSeeds: 0 },
    problems,
    remembered: { all: [], withoutFactor: [] },
  };
}

/** What is not simply added: beside those of {@link startOutcome} the second and further items of a user. */
function placesToLeaveOut(
  userIds: readonly (string | null)[],
  seen: ReadonlySet<string>,
  { moved, taken }: CreatedUsers,
): Set<number> {
  const places = new Set([...moved.keys(), ...taken.keys()]);
  const met = new Set(seen);
  userIds.forEach((userId, place) => {
    if (userId === null || places.has(place)) return;
    if (met.has(userId)) places.add(place);
    met.add(userId);
  });
  return places;
}

function countAdded({ counts, remembered }: Outcome, entry: BatchEntry, userId: string): void {
  counts.added++;
  counts.recoveryCodes += entry.recoveryCodes;
  if (entry.isWeak) counts.weakSeeds++;
  remembered.all.push(userId);
}

/**
 * The entries that are still without an answer, in rounds in which no user comes twice: what the first item of a user came
 * to decides what becomes of the second.
 */
function roundsOf(
  userIds: readonly (string | null)[],
  added: ReadonlySet<number>,
  { moved, taken }: CreatedUsers,
  seen: ReadonlySet<string>,
): Map<number, string>[] {
  const rounds: Map<number, string>[] = [];
  const occurrences = new Map<string, number>();
  userIds.forEach((found, place) => {
    if (found === null || added.has(place) || taken.has(place) || seen.has(found)) return;
    const userId = moved.get(place) ?? found;
    const occurrence = occurrences.get(userId) ?? 0;
    occurrences.set(userId, occurrence + 1);
    rounds[occurrence] ??= new Map();
    rounds[occurrence].set(place, userId);
  });
  return rounds;
}

async function compareRound(
  queries: Queries,
  { vault, origin, options, jobId, clearEntries }: BatchContext,
  round: ReadonlyMap<number, string>,
  { counts, problems, remembered }: Outcome,
  batchEntries: readonly BatchEntry[],
  seen: ReadonlySet<string>,
): Promise<void> {
  const clear = await clearEntries([...round.keys()]);
  const entries = clear.map((entry) => toImportEntry(entry, round.get(entry.place) as string));
  try {
    const importing = { onExisting: options.onExisting, createMissingUsers: false, dryRun: options.dryRun };
    const result = await importEntries(queries, vault, { entries, origin, options: importing, job: { jobId, seen } });
    addCounts(counts, result.counts);
    const failed = new Set(result.problems.map((problem) => problem.index));
    for (const problem of result.problems) problems.push(findingAbout(batchEntries[problem.index], problem));
    for (const { index, userId } of entries) if (!failed.has(index)) remembered.all.push(userId);
    remembered.withoutFactor.push(...result.seen);
  } finally {
    for (const entry of entries) entry.seed.wipe();
  }
}

function addCounts(counts: Counts, more: ImportCounts): void {
  for (const name of ['added', 'replaced', 'unchanged', 'skipped', 'recoveryCodes', 'weakSeeds'] as const) {
    counts[name] += more[name];
  }
}

function toImportEntry({ place, seed, parameters, counter, recoveryCodes }: ClearEntry, userId: string): ImportEntry {
  const codes = recoveryCodes.map((text) => parseRecoveryCode(text) as RecoveryCode);
  return { index: place, userId, seed: new Seed(seed), parameters, counter, recoveryCodes: codes };
}

function findingAbout(entry: BatchEntry | undefined, { reason, parameters }: ItemProblem): Finding {
  return { ...findingOf(entry as BatchEntry, reason), parameters };
}

function findingOf({ item, line, user, serial }: BatchEntry, reason: Finding['reason']): Finding {
  return { severity: 'failed', item, line, user, serial, field: '', reason, parameters: undefined };
}
