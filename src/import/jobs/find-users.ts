import { createHash } from 'node:crypto';
import { normaliseIdentifier } from '../../identifiers.ts';
import type { SourceUser } from '../../sources/source.ts';
import type { Queries } from '../../store/queries/index.ts';
import type { UserIdentifierTable, UserTable } from '../../store/schema.ts';
import { LostRace } from '../../store/store.ts';
import type { JobOptions, MatchType } from './job.ts';
import { nameOf } from './user-names.ts';

/**
 * Looks up the users of a batch. Where those missing are to be created, they get the id that they will have.
 *
 * @returns the ids by place; null where there is no user
 */
export async function findUsers(
  queries: Queries,
  poolId: string,
  jobId: string,
  { match, createUsers }: JobOptions,
  names: readonly string[],
): Promise<readonly (string | null)[]> {
  if (match === 'user_id') return names;
  const values = names.map((name) => normaliseIdentifier(match, name));
  const found = await queries.importedUsers.resolve(poolId, match, [...new Set(values)]);
  const ids = new Map(found.map(({ value, user_id }) => [value, user_id]));
  return values.map((value) => {
    return ids.get(value) ?? (createUsers ? idOfNewUser(jobId, match, value) : null);
  });
}

/**
 * The id that a job gives a user whom it creates: it looks like every other, and is the same each time, so that a second
 * item of the user is noticed although a rehearsal leaves no user behind.
 */
function idOfNewUser(jobId: string, match: MatchType, value: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([jobId, match, value]))
    .digest('hex');
  return jobId.slice(0, 8) + digest.slice(0, 16);
}

/** What became of users that were missing. */
export interface CreatedUsers {
  readonly created: readonly string[];
  /** Entries whose user another transaction has created meanwhile: place to user id. */
  readonly moved: ReadonlyMap<number, string>;
  /** Entries whose user cannot be created, because somebody has one of its identifiers: place to type. */
  readonly taken: ReadonlyMap<number, string>;
  /** Stand in `import_seen` for the identifiers of those created, which a rehearsal leaves nowhere else. */
  readonly marks: readonly string[];
}

export const NOBODY_CREATED: CreatedUsers = { created: [], moved: new Map(), taken: new Map(), marks: [] };

/** For which job, and how, users are created. */
export interface Creating {
  readonly poolId: string;
  readonly jobId: string;
  readonly match: MatchType;
  readonly dryRun: boolean;
  readonly now: number;
}

/**
 * Creates those users of a batch that are missing, with the names that the file has for them: one after the other, as if
 * each item were a batch of its own.
 *
 * @param userIds by place; null for those that are no matter here
 * @throws LostRace where somebody took an identifier meanwhile
 */
export async function createMissingUsers(
  queries: Queries,
  creating: Creating,
  { names, users = [] }: { readonly names: readonly string[]; readonly users: readonly SourceUser[] | undefined },
  userIds: readonly (string | null)[],
): Promise<CreatedUsers> {
  const { poolId, match, now } = creating;
  const ids = new Set(userIds.filter((userId) => userId !== null));
  const missing = new Set((await queries.bulk.surveyUsers(poolId, [...ids])).missing);
  if (missing.size === 0) return NOBODY_CREATED;
  const places = [...userIds.keys()].filter((place) => missing.has(userIds[place] ?? ''));
  const moved = match === 'user_id' ? new Map() : await findMoved(queries, poolId, match, names, places);
  const wanted = places
    .filter((place) => !moved.has(place))
    .map((place) => {
      const userId = userIds[place] as string;
      return { place, userId, identifiers: identifiersOf(poolId, users[place] ?? {}, userId, match) };
    });
  const occupied = await findOccupied(
    queries,
    creating,
    wanted.flatMap((each) => each.identifiers),
  );
  const taken = new Map<number, string>();
  const making = new Map<string, (typeof wanted)[number]>();
  for (const each of wanted) {
    if (making.has(each.userId)) continue;
    const conflict = each.identifiers.find((identifier) => occupied.has(markOf(identifier)));
    if (conflict !== undefined) taken.set(each.place, conflict.type);
    else {
      making.set(each.userId, each);
      for (const identifier of each.identifiers) occupied.add(markOf(identifier));
    }
  }
  const identifiers = [...making.values()].flatMap((each) => each.identifiers);
  const conflicts = await queries.bulk.insertNewIdentifiers(identifiers);
  if (conflicts.length > 0) throw new LostRace('an identifier was taken while its user was being created');
  await queries.bulk.insertUsers(
    [...making.values()].map(({ place, userId }) => userRow(poolId, userId, users[place] ?? {}, match, now)),
  );
  return { created: [...making.keys()], moved, taken, marks: identifiers.map(markOf) };
}

/** Marks of those identifiers that somebody has; in a rehearsal also of those whom it would have created. */
async function findOccupied(
  { importedUsers }: Queries,
  { poolId, jobId, dryRun }: Creating,
  identifiers: readonly UserIdentifierTable[],
): Promise<Set<string>> {
  const occupied = new Set<string>();
  for (const type of Object.values(TYPES)) {
    const values = identifiers.filter((identifier) => identifier.type === type).map(({ value }) => value);
    for (const { value } of await importedUsers.resolve(poolId, type, values)) occupied.add(markOf({ type, value }));
  }
  if (!dryRun) return occupied;
  for (const mark of await importedUsers.among('import_seen', poolId, jobId, identifiers.map(markOf))) {
    occupied.add(mark);
  }
  return occupied;
}

/** Begins with what no user id holds. */
function markOf({ type, value }: Pick<UserIdentifierTable, 'type' | 'value'>): string {
  return `\t${createHash('sha256')
    .update(JSON.stringify([type, value]))
    .digest('base64')}`;
}

async function findMoved(
  queries: Queries,
  poolId: string,
  match: Exclude<MatchType, 'user_id'>,
  names: readonly string[],
  places: readonly number[],
): Promise<Map<number, string>> {
  const valueAt = (place: number) => normaliseIdentifier(match, names[place] ?? '');
  const found = await queries.importedUsers.resolve(poolId, match, [...new Set(places.map(valueAt))]);
  const ids = new Map(found.map(({ value, user_id }) => [value, user_id]));
  return new Map(
    places.flatMap((place) => {
      const userId = ids.get(valueAt(place));
      return userId === undefined ? [] : [[place, userId]];
    }),
  );
}

type Names = Partial<Record<'externalId' | 'username' | 'email' | 'phone', string>>;

const TYPES = { externalId: 'external_id', username: 'username', email: 'email', phone: 'phone' } as const;

/** The names that a new user gets: those of the file, and the one that the job matches by. */
function namesOf(user: SourceUser, match: MatchType): Names {
  const { id, externalId, username, email, phone } = user;
  const names: Names = {};
  const given: Names = {
    ...(match === 'user_id' || id === undefined ? {} : { externalId: id }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(username === undefined ? {} : { username }),
    ...(email === undefined ? {} : { email }),
    ...(phone === undefined ? {} : { phone }),
  };
  for (const member of Object.keys(TYPES) as (keyof Names)[]) {
    const matched = TYPES[member] === match ? nameOf(user, match) : undefined;
    const value = matched ?? given[member];
    if (value !== undefined && isIdentifier(value)) names[member] = value;
  }
  return names;
}

/** What no database and no index takes is not taken along; the user has another name by which it was found. */
function isIdentifier(text: string): boolean {
  return text !== '' && text.length <= 512 && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function identifiersOf(poolId: string, user: SourceUser, userId: string, match: MatchType): UserIdentifierTable[] {
  return Object.entries(namesOf(user, match)).map(([member, value]) => {
    const type = TYPES[member as keyof Names];
    return { pool_id: poolId, type, value: normaliseIdentifier(type, value), slot: '', user_id: userId };
  });
}

function userRow(poolId: string, userId: string, user: SourceUser, match: MatchType, now: number): UserTable {
  const profile = JSON.stringify(namesOf(user, match));
  return { pool_id: poolId, user_id: userId, status: 'Activated', profile, created_at: now, updated_at: now };
}
