import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import { removeFactors } from '../factors/remove-factors.ts';
import { normaliseIdentifier } from '../identifiers.ts';
import { newId } from '../ids.ts';
import type { Importer } from '../import/importer.ts';
import type { OtpValues } from '../sources/authing-item.ts';
import type { Queries } from '../store/queries/index.ts';
import type { UserFilter, UserPage, UserSort } from '../store/queries/users.ts';
import type { UserIdentifierTable, UserTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { identifiersOf, type UserIdType } from './identifiers.ts';
import { mergeProfile, type Profile } from './profile.ts';

export type { UserFilter, UserSort };

export interface NewUser {
  readonly profile: Profile;
  readonly status: string;
  readonly otp?: OtpValues | undefined;
}

export interface Users {
  /** Creates users, all or none. @throws `identifier_taken` */
  create(actor: Actor, users: readonly NewUser[]): Promise<UserTable[]>;
  /** @throws `user_not_found`, for a user of another pool too; `user_ambiguous` */
  resolve(poolId: string, id: string, type: UserIdType): Promise<string>;
  get(poolId: string, id: string, type: UserIdType): Promise<UserTable>;
  /** The id of the user whom this names; `undefined` where it names nobody, or several. */
  find(poolId: string, id: string, type: UserIdType): Promise<string | undefined>;
  /** The users found, in the order asked for; those that do not exist are left out. */
  getMany(poolId: string, ids: readonly string[], type: UserIdType): Promise<UserTable[]>;
  /** By what the user is best known to themselves, for an authenticator app. @throws `user_not_found` */
  accountName(poolId: string, userId: string): Promise<string>;
  exists(poolId: string, type: UserIdType, id: string): Promise<boolean>;
  list(poolId: string, filter: UserFilter, page: UserPage): Promise<{ users: UserTable[]; total: number }>;
  update(
    actor: Actor,
    id: string,
    type: UserIdType,
    change: { profile: Profile; status?: string | undefined },
  ): Promise<UserTable>;
  /** Deletes users with their factors and recovery codes, all or none. @throws `user_not_found` */
  delete(actor: Actor, ids: readonly string[], type: UserIdType): Promise<number>;
}

interface Dependencies {
  readonly store: Store;
  readonly importer: Importer;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
}

export function createUsers({ store, vault, importer, audit, clock }: Dependencies): Users {
  /** Each identifier with the users it names: none, one, or, for shared ones, several. */
  async function resolveMany(poolId: string, ids: readonly string[], type: UserIdType): Promise<Map<string, string[]>> {
    if (type === 'user_id') return new Map(ids.map((id) => [id, [id]]));
    const wanted = ids.map((id) => normaliseIdentifier(type, id));
    const found = Map.groupBy(
      await store.read.users.resolveIdentifiers(poolId, type, [...new Set(wanted)]),
      (row) => row.value,
    );
    return new Map(ids.map((id, index) => [id, (found.get(wanted[index] as string) ?? []).map((row) => row.user_id)]));
  }

  async function getMany(poolId: string, ids: readonly string[], type: UserIdType): Promise<UserTable[]> {
    const resolved = await resolveMany(poolId, ids, type);
    const userIds = new Set<string>();
    for (const matches of resolved.values()) {
      if (matches.length > 1) throw new FactorportError('user_ambiguous');
      if (matches[0] !== undefined) userIds.add(matches[0]);
    }
    const rows = new Map((await store.read.users.findMany(poolId, [...userIds])).map((row) => [row.user_id, row]));
    return [...userIds].map((userId) => rows.get(userId)).filter((row) => row !== undefined);
  }

  async function get(poolId: string, id: string, type: UserIdType): Promise<UserTable> {
    const [user] = await getMany(poolId, [id], type);
    if (user === undefined) throw new FactorportError('user_not_found');
    return user;
  }

  async function insert(queries: Queries, actor: Actor, user: NewUser): Promise<UserTable> {
    const { poolId } = actor;
    const now = clock();
    const userId = newId(now);
    const profile = mergeProfile({}, user.profile);
    const row = {
      pool_id: poolId,
      user_id: userId,
      status: user.status,
      profile: JSON.stringify(profile),
      created_at: now,
      updated_at: now,
    };
    await queries.users.insert(row);
    await insertIdentifiers(queries, identifiersOf(poolId, userId, profile));
    if (user.otp !== undefined) {
      await importer.importForNewUser(queries, actor, { index: 0, userId, ...user.otp }, 'create-user');
    }
    const detail = { otp: user.otp !== undefined };
    await queries.audit.append([audit.stamp(actor, { action: 'user.create', result: 'ok', userId, detail })]);
    return row;
  }

  return {
    async create(actor, users) {
      const insertAll = async (queries: Queries) => {
        await queries.bulk.lockPool(actor.poolId, 'shared');
        const rows: UserTable[] = [];
        for (const user of users) rows.push(await insert(queries, actor, user));
        return rows;
      };
      try {
        return await store.transaction(insertAll, 'long');
      } finally {
        for (const { otp } of users) otp?.seed.wipe();
      }
    },
    getMany,
    get,
    async resolve(poolId, id, type) {
      return (await get(poolId, id, type)).user_id;
    },
    async find(poolId, id, type) {
      const matches = (await resolveMany(poolId, [id], type)).get(id) ?? [];
      const [user] = matches.length === 1 ? await store.read.users.findMany(poolId, matches) : [];
      return user?.user_id;
    },
    async accountName(poolId, userId) {
      const { email, username } = JSON.parse((await get(poolId, userId, 'user_id')).profile) as Profile;
      return [email, username].find((name): name is string => typeof name === 'string' && name !== '') ?? userId;
    },
    async exists(poolId, type, id) {
      return (await getMany(poolId, [id], type)).length > 0;
    },
    async list(poolId, filter, page) {
      const [users, total] = await Promise.all([
        store.read.users.list(poolId, filter, page),
        store.read.users.count(poolId, filter),
      ]);
      return { users, total };
    },
    async update(actor, id, type, change) {
      const { user_id: userId } = await get(actor.poolId, id, type);
      return store.transaction(async (queries) => {
        // A deletion that has just passed over this user must not be followed by new identifiers.
        await queries.bulk.lockPool(actor.poolId, 'shared');
        const row = await queries.users.findForUpdate(actor.poolId, userId);
        if (row === undefined) throw new FactorportError('user_not_found');
        const profile = mergeProfile(JSON.parse(row.profile) as Profile, change.profile);
        const changed = {
          ...row,
          status: change.status ?? row.status,
          profile: JSON.stringify(profile),
          updated_at: clock(),
        };
        await queries.users.update(changed);
        await queries.users.deleteIdentifiers(actor.poolId, [userId]);
        await insertIdentifiers(queries, identifiersOf(actor.poolId, userId, profile));
        const detail = { changed: Object.keys(change.profile) };
        await queries.audit.append([audit.stamp(actor, { action: 'user.update', result: 'ok', userId, detail })]);
        return changed;
      }, 'long');
    },
    async delete(actor, ids, type) {
      const resolved = [...(await resolveMany(actor.poolId, ids, type)).values()];
      if (resolved.some((matches) => matches.length > 1)) throw new FactorportError('user_ambiguous');
      const userIds = [...new Set(resolved.flat())];
      const existing = await store.read.users.findMany(actor.poolId, userIds);
      if (resolved.some((matches) => matches.length === 0) || existing.length < userIds.length) {
        throw new FactorportError('user_not_found');
      }
      await store.transaction(async (queries) => {
        // An import that has just seen one of these users must not add a factor that nobody would delete.
        await queries.bulk.lockPool(actor.poolId, 'exclusive');
        await removeFactors(queries, vault, actor.poolId, userIds, clock());
        await queries.pendingEnrolments.deleteOfUsers(actor.poolId, userIds);
        await queries.verifiedTokens.deleteOfUsers(actor.poolId, userIds);
        await queries.importedUsers.forgetPrevious(actor.poolId, undefined, userIds);
        await queries.users.deleteIdentifiers(actor.poolId, userIds);
        await queries.users.delete(actor.poolId, userIds);
        await queries.audit.append(
          userIds.map((userId) => audit.stamp(actor, { action: 'user.delete', result: 'ok', userId })),
        );
      }, 'long');
      return userIds.length;
    },
  };
}

async function insertIdentifiers(queries: Queries, identifiers: readonly UserIdentifierTable[]): Promise<void> {
  const taken = await queries.users.insertIdentifiers(identifiers);
  if (taken !== undefined) throw new FactorportError('identifier_taken', { parameters: { field: taken.type } });
}
