import type { Actor, AuditLog } from '../../audit/audit-log.ts';
import { parseRecoveryCode, type RecoveryCode } from '../../otp/recovery-code.ts';
import { Seed } from '../../otp/seed.ts';
import type { Queries } from '../../store/queries/index.ts';
import type { Vault } from '../../vault/vault.ts';
import type { ImportCounts, ImportEntry } from '../entry.ts';
import { importEntries } from '../import-entries.ts';
import type { Origin } from '../seal-entry.ts';
import { type CreatedUsers, createMissingUsers, NOBODY_CREATED } from './find-users.ts';
import type { JobCounts, JobOptions } from './job.ts';
import type { ClearEntry, Finding, ReadBatch } from './messages.ts';
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

  const outcome = startOutcome(batch);
  const added = new Set<number>();
  for (const place of sealed.factors.owners) if (!leaveOut.has(place) && !unclear.has(place)) added.add(place);
  for (const place of added) countAdded(outcome, batch, place, userIds[place] as string);
  if (added.size < userIds.length) await answerOthers(queries, context, prepared, added, seen, users, outcome);
  const { counts, problems, remembered } = outcome;
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
  { batch, names, userIds }: PreparedBatch,
  seen: ReadonlySet<string>,
): Promise<CreatedUsers> {
  const creating = { ...origin, jobId, match: options.match, dryRun: options.dryRun };
  const wanted = userIds.map((userId) => (userId === null || seen.has(userId) ? null : userId));
  return createMissingUsers(queries, creating, { names, users: batch.users }, wanted);
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

function startOutcome({ items, nothing, proven }: ReadBatch): Outcome {
  const counts = { items, nothing, proven, added: 0, replaced: 0, unchanged: 0, skipped: 0 };
  return {
    counts: { ...counts, usersCreated: 0, recoveryCodes: 0, weakSeeds: 0 },
    problems: [],
    remembered: { all: [], withoutFactor: [] },
  };
}

/** What is not simply added: beside those whose user cannot be created the second and further items of a user. */
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

function countAdded({ counts, remembered }: Outcome, batch: ReadBatch, place: number, userId: string): void {
  counts.added++;
  counts.recoveryCodes += batch.recoveryCodes[place] ?? 0;
  counts.weakSeeds += batch.weak[place] ?? 0;
  remembered.all.push(userId);
}

/** Answers the entries whose user is not one who gets a first factor without a look at what there is. */
async function answerOthers(
  queries: Queries,
  context: BatchContext,
  { userIds }: PreparedBatch,
  added: ReadonlySet<number>,
  seen: ReadonlySet<string>,
  users: CreatedUsers,
  outcome: Outcome,
): Promise<void> {
  const others = [...userIds.keys()].filter((place) => !added.has(place));
  const entries = new Map((await context.clearEntries(others)).map((entry) => [entry.place, entry]));
  try {
    for (const entry of entries.values()) {
      const userId = userIds[entry.place];
      const type = users.taken.get(entry.place);
      if (userId === null || userId === undefined) outcome.problems.push(findingOf(entry, 'user_not_found'));
      else if (seen.has(userId)) outcome.problems.push(findingOf(entry, 'duplicate_user'));
      else if (type !== undefined) outcome.problems.push(findingOf(entry, 'identifier_taken', { type }));
    }
    const before = new Set([...seen, ...(await seenMoved(queries, context, users))]);
    for (const round of roundsOf(userIds, added, users, seen)) {
      await compareRound(queries, context, round, entries, outcome, new Set([...before, ...outcome.remembered.all]));
    }
  } finally {
    for (const { seed } of entries.values()) seed.fill(0);
  }
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
  { vault, origin, options, jobId }: BatchContext,
  round: ReadonlyMap<number, string>,
  clear: ReadonlyMap<number, ClearEntry>,
  { counts, problems, remembered }: Outcome,
  seen: ReadonlySet<string>,
): Promise<void> {
  const entries = [...round].map(([place, userId]) => toImportEntry(clear.get(place) as ClearEntry, userId));
  const importing = { onExisting: options.onExisting, createMissingUsers: false, dryRun: options.dryRun };
  const result = await importEntries(queries, vault, { entries, origin, options: importing, job: { jobId, seen } });
  addCounts(counts, result.counts);
  const failed = new Set(result.problems.map((problem) => problem.index));
  for (const { index, reason, parameters } of result.problems) {
    problems.push(findingOf(clear.get(index) as ClearEntry, reason, parameters));
  }
  for (const { index, userId } of entries) if (!failed.has(index)) remembered.all.push(userId);
  remembered.withoutFactor.push(...result.seen);
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

function findingOf(
  { item, line, user, serial }: ClearEntry,
  reason: Finding['reason'],
  parameters?: Finding['parameters'],
): Finding {
  return { severity: 'failed', item, line, user, serial, field: '', reason, parameters };
}
