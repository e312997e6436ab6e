import { createHash } from 'node:crypto';
import { normaliseIdentifier } from '../../identifiers.ts';
import type { SourceUser } from '../../sources/source.ts';
import type { Queries } from '../../store/queries/index.ts';
import type { UserIdentifierTable, UserTable } from '../../store/schema.ts';
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
}

export const NOBODY_CREATED: CreatedUsers = { created: [], moved: new Map(), taken: new Map() };

/** Creates those users of a batch that are missing, with the names that the file has for them. */
export async function createMissingUsers(
  queries: Queries,
  poolId: string,
  match: MatchType,
  { names, users = [] }: { readonly names: readonly string[]; readonly users: readonly SourceUser[] | undefined },
  userIds: readonly (string | null)[],
  now: number,
): Promise<CreatedUsers> {
  const firstPlaces = new Map<string, number>();
  userIds.forEach((userId, place) => {
    if (userId !== null && !firstPlaces.has(userId)) firstPlaces.set(userId, place);
  });
  const missing = (await queries.bulk.surveyUsers(poolId, [...firstPlaces.keys()])).missing;
  const places = missing.map((userId) => firstPlaces.get(userId) as number).sort((left, right) => left - right);
  const moved = match === 'user_id' ? new Map() : await findMoved(queries, poolId, match, names, places);
  const making = places.filter((place) => !moved.has(place));
  const identifiers = making.flatMap((place) =>
    identifiersOf(poolId, users[place] ?? {}, userIds[place] as string, match),
  );
  const conflicts = await queries.bulk.insertNewIdentifiers(identifiers);
  const refused = new Map(conflicts.map((identifier) => [identifier.user_id, identifier.type]));
  if (refused.size > 0) await queries.users.deleteIdentifiers(poolId, [...refused.keys()]);
  const created = making.map((place) => userIds[place] as string).filter((userId) => !refused.has(userId));
  await queries.bulk.insertUsers(
    making
      .filter((place) => !refused.has(userIds[place] as string))
      .map((place) => userRow(poolId, userIds[place] as string, users[place] ?? {}, match, now)),
  );
  const taken = new Map([...refused].map(([userId, type]) => [firstPlaces.get(userId) as number, type as string]));
  return { created, moved, taken };
}

async function findMoved(
  queries: Queries,
  poolId: string,
  match: Exclude<MatchType, 'user_id'>,
  names: readonly string[],
  places: readonly number[],
): Promise<Map<number, string>> {
  const values = new Map(places.map((place) => [normaliseIdentifier(match, names[place] ?? ''), place]));
  const found = await queries.importedUsers.resolve(poolId, match, [...values.keys()]);
  return new Map(found.map(({ value, user_id }) => [values.get(value) as number, user_id]));
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
