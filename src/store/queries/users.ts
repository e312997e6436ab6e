import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Database, IdentifierType, UserIdentifierTable, UserTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

export interface UserPage {
  readonly offset: number;
  readonly limit: number;
  readonly sort: readonly UserSort[];
}

export interface UserSort {
  readonly column: 'created_at' | 'updated_at' | 'status';
  readonly order: 'asc' | 'desc';
}

/** All conditions must hold. */
export interface UserFilter {
  readonly statuses?: readonly string[] | undefined;
  readonly userIds?: readonly string[] | undefined;
  readonly identifiers?: readonly { type: IdentifierType; values: readonly string[] }[] | undefined;
  readonly updatedFrom?: number | undefined;
  readonly updatedTo?: number | undefined;
  /** Part of an identifier, or of one of the named profile members, whatever its case. */
  readonly keyword?:
    | { text: string; identifierTypes: readonly IdentifierType[]; profileMembers: readonly string[] }
    | undefined;
}

export function userQueries({ database, engine }: QueryContext) {
  const filtered = (poolId: string, filter: UserFilter) =>
    database
      .selectFrom('app_user')
      .where('pool_id', '=', poolId)
      .where((builder) => builder.and(conditions(builder, filter)));

  function conditions(builder: ExpressionBuilder<Database, 'app_user'>, filter: UserFilter): Expression<SqlBool>[] {
    const all: Expression<SqlBool>[] = [];
    if (filter.statuses !== undefined) all.push(isOneOf(builder, 'status', filter.statuses));
    if (filter.userIds !== undefined) all.push(isOneOf(builder, 'user_id', filter.userIds));
    if (filter.updatedFrom !== undefined) all.push(builder('updated_at', '>=', filter.updatedFrom));
    if (filter.updatedTo !== undefined) all.push(builder('updated_at', '<=', filter.updatedTo));
    for (const { type, values } of filter.identifiers ?? []) {
      if (values.length === 0) all.push(NEVER);
      else all.push(builder.exists(identifiersOf(builder).where('type', '=', type).where('value', 'in', values)));
    }
    if (filter.keyword !== undefined) all.push(keywordCondition(builder, filter.keyword));
    return all;
  }

  function keywordCondition(
    builder: ExpressionBuilder<Database, 'app_user'>,
    { text, identifierTypes, profileMembers }: NonNullable<UserFilter['keyword']>,
  ): Expression<SqlBool> {
    const pattern = (part: string) => `%${part.replace(/[\\%_]/g, '\\$&')}%`;
    // Databases fold only ASCII everywhere; other letters are found as they are written.
    const matches = (value: Expression<unknown>) =>
      sql<SqlBool>`(${value} like ${pattern(text)} escape '\\' or lower(${value}) like ${pattern(text.toLowerCase())} escape '\\')`;
    const any: Expression<SqlBool>[] = profileMembers.map((member) => matches(profileMember(member)));
    any.push(matches(sql.ref('app_user.user_id')));
    if (identifierTypes.length > 0) {
      const ofType = identifiersOf(builder).where('type', 'in', identifierTypes);
      any.push(builder.exists(ofType.where(matches(sql.ref('user_identifier.value')))));
    }
    return builder.or(any);
  }

  function profileMember(name: string): Expression<unknown> {
    return engine === 'sqlite' ? sql`app_user.profile ->> ${`$.${name}`}` : sql`app_user.profile::jsonb ->> ${name}`;
  }

  return {
    /** @returns whether the user was new */
    async insert(user: UserTable): Promise<boolean> {
      const result = await database
        .insertInto('app_user')
        .values(user)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
    },
    /** @returns the first identifier that another user already has, `undefined` where all were added */
    async insertIdentifiers(identifiers: readonly UserIdentifierTable[]): Promise<UserIdentifierTable | undefined> {
      for (const identifier of identifiers) {
        const result = await database
          .insertInto('user_identifier')
          .values(identifier)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (Number(result.numInsertedOrUpdatedRows ?? 0) === 0) return identifier;
      }
      return undefined;
    },
    async deleteIdentifiers(poolId: string, userIds: readonly string[]): Promise<void> {
      await database
        .deleteFrom('user_identifier')
        .where('pool_id', '=', poolId)
        .where('user_id', 'in', userIds)
        .execute();
    },
    async update(user: Omit<UserTable, 'created_at'>): Promise<void> {
      await database
        .updateTable('app_user')
        .set({ status: user.status, profile: user.profile, updated_at: user.updated_at })
        .where('pool_id', '=', user.pool_id)
        .where('user_id', '=', user.user_id)
        .execute();
    },
    /** Reads a user and keeps others from changing it until the transaction ends. */
    async findForUpdate(poolId: string, userId: string): Promise<UserTable | undefined> {
      const query = database
        .selectFrom('app_user')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('user_id', '=', userId);
      return (engine === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
    },
    async findMany(poolId: string, userIds: readonly string[]): Promise<UserTable[]> {
      if (userIds.length === 0) return [];
      return database
        .selectFrom('app_user')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('user_id', 'in', userIds)
        .execute();
    },
    /** Who has these identifiers. A value that several users share appears once for each. */
    async resolveIdentifiers(
      poolId: string,
      type: IdentifierType,
      values: readonly string[],
    ): Promise<{ value: string; user_id: string }[]> {
      if (values.length === 0) return [];
      return database
        .selectFrom('user_identifier')
        .select(['value', 'user_id'])
        .where('pool_id', '=', poolId)
        .where('type', '=', type)
        .where('value', 'in', values)
        .execute();
    },
    async delete(poolId: string, userIds: readonly string[]): Promise<void> {
      await database.deleteFrom('app_user').where('pool_id', '=', poolId).where('user_id', 'in', userIds).execute();
    },
    async list(poolId: string, filter: UserFilter, page: UserPage): Promise<UserTable[]> {
      let query = filtered(poolId, filter).selectAll();
      for (const { column, order } of page.sort) query = query.orderBy(column, order);
      return query.orderBy('user_id').limit(page.limit).offset(page.offset).execute();
    },
    async count(poolId: string, filter: UserFilter): Promise<number> {
      const { total } = await filtered(poolId, filter)
        .select((builder) => builder.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return Number(total);
    },
  };
}

const NEVER = sql<SqlBool>`1 = 0`;

/** An empty list matches nothing; as SQL it would be a syntax error. */
function isOneOf(
  builder: ExpressionBuilder<Database, 'app_user'>,
  column: 'status' | 'user_id',
  values: readonly string[],
): Expression<SqlBool> {
  return values.length === 0 ? NEVER : builder(column, 'in', values);
}

function identifiersOf(builder: ExpressionBuilder<Database, 'app_user'>) {
  return builder
    .selectFrom('user_identifier')
    .select('user_identifier.user_id')
    .whereRef('user_identifier.pool_id', '=', 'app_user.pool_id')
    .whereRef('user_identifier.user_id', '=', 'app_user.user_id');
}
