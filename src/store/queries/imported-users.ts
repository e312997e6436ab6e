import { sql } from 'kysely';
import type { FactorTable, IdentifierType, PreviousFactorTable, PreviousRecoveryCodeTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

type UserListTable = 'import_seen' | 'import_created_user';

/** What import jobs remember of the users they met, and what these had before. */
export function importedUserQueries({ database, engine }: QueryContext) {
  /** A list of texts as rows of one column, whatever its length. */
  const listed = (values: readonly string[]) =>
    engine === 'sqlite'
      ? sql<string>`(select value from json_each(${JSON.stringify(values)}))`
      : sql<string>`(select json_array_elements_text(${JSON.stringify(values)}::json))`;

  const ofJob = (table: UserListTable | 'previous_factor' | 'previous_recovery_code', poolId: string, jobId: string) =>
    database.deleteFrom(table).where('pool_id', '=', poolId).where('job_id', '=', jobId);

  return {
    /** Who has these identifiers; values as they are stored. */
    async resolve(
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
        .where('value', 'in', listed(values))
        .execute();
    },
    async add(table: UserListTable, poolId: string, jobId: string, userIds: readonly string[]): Promise<void> {
      for (let start = 0; start < userIds.length; start += 1_000) {
        const rows = userIds
          .slice(start, start + 1_000)
          .map((userId) => ({ pool_id: poolId, user_id: userId, job_id: jobId }));
        await database
          .insertInto(table)
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
    },
    /** Which of these users stand in the list. */
    async among(table: UserListTable, poolId: string, jobId: string, userIds: readonly string[]): Promise<string[]> {
      if (userIds.length === 0) return [];
      const rows = await database
        .selectFrom(table)
        .select('user_id')
        .where('pool_id', '=', poolId)
        .where('job_id', '=', jobId)
        .where('user_id', 'in', listed(userIds))
        .execute();
      return rows.map((row) => row.user_id);
    },
    async after(table: UserListTable, poolId: string, jobId: string, userId: string, limit: number): Promise<string[]> {
      const rows = await database
        .selectFrom(table)
        .select('user_id')
        .where('pool_id', '=', poolId)
        .where('job_id', '=', jobId)
        .where('user_id', '>', userId)
        .orderBy('user_id')
        .limit(limit)
        .execute();
      return rows.map((row) => row.user_id);
    },
    /** Forgets a job's users of one list, or all that they had before it. */
    async forget(
      table: UserListTable | 'previous_factor' | 'previous_recovery_code',
      poolId: string,
      jobId: string,
    ): Promise<void> {
      await ofJob(table, poolId, jobId).execute();
    },

    /** Forgets what these users had before the job; before every job, where none is named. */
    async forgetPrevious(poolId: string, jobId: string | undefined, userIds: readonly string[]): Promise<void> {
      if (userIds.length === 0) return;
      for (const table of ['previous_factor', 'previous_recovery_code'] as const) {
        let query = database.deleteFrom(table).where('pool_id', '=', poolId).where('user_id', 'in', listed(userIds));
        if (jobId !== undefined) query = query.where('job_id', '=', jobId);
        await query.execute();
      }
    },
    async keepFactors(rows: readonly PreviousFactorTable[]): Promise<void> {
      for (let start = 0; start < rows.length; start += 500) {
        await database
          .insertInto('previous_factor')
          .values(rows.slice(start, start + 500))
          .execute();
      }
    },
    async keepCodes(rows: readonly PreviousRecoveryCodeTable[]): Promise<void> {
      for (let start = 0; start < rows.length; start += 500) {
        await database
          .insertInto('previous_recovery_code')
          .values(rows.slice(start, start + 500))
          .execute();
      }
    },
    async previousFactors(poolId: string, jobId: string, userIds: readonly string[]): Promise<PreviousFactorTable[]> {
      if (userIds.length === 0) return [];
      return database
        .selectFrom('previous_factor')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('job_id', '=', jobId)
        .where('user_id', 'in', listed(userIds))
        .execute();
    },
    async previousCodes(
      poolId: string,
      jobId: string,
      userIds: readonly string[],
    ): Promise<PreviousRecoveryCodeTable[]> {
      if (userIds.length === 0) return [];
      return database
        .selectFrom('previous_recovery_code')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('job_id', '=', jobId)
        .where('user_id', 'in', listed(userIds))
        .execute();
    },
    /** Makes factors that the job wrote, and that its undoing left alone, the users' own: its next run wrote them not. */
    async disownFactors(poolId: string, jobId: string): Promise<void> {
      await database
        .updateTable('factor')
        .set({ import_id: '' })
        .where('pool_id', '=', poolId)
        .where('import_id', '=', jobId)
        .execute();
    },
    /** Forgets that the job created these users. */
    async keepUsers(poolId: string, jobId: string, userIds: readonly string[]): Promise<void> {
      if (userIds.length === 0) return;
      await ofJob('import_created_user', poolId, jobId).where('user_id', 'in', listed(userIds)).execute();
    },
    /** Users who have a factor that the job wrote, in the order of their ids. */
    async factorsOf(
      poolId: string,
      jobId: string,
      userId: string,
      limit: number,
    ): Promise<Pick<FactorTable, 'user_id'>[]> {
      return database
        .selectFrom('factor')
        .select('user_id')
        .where('pool_id', '=', poolId)
        .where('import_id', '=', jobId)
        .where('user_id', '>', userId)
        .orderBy('user_id')
        .limit(limit)
        .execute();
    },
    /** Users from whom the job took recovery codes or a factor, in the order of their ids. */
    async usersWithPrevious(poolId: string, jobId: string, userId: string, limit: number): Promise<string[]> {
      const rows = await database
        .selectFrom('previous_recovery_code')
        .select('user_id')
        .where('pool_id', '=', poolId)
        .where('job_id', '=', jobId)
        .where('user_id', '>', userId)
        .union(
          database
            .selectFrom('previous_factor')
            .select('user_id')
            .where('pool_id', '=', poolId)
            .where('job_id', '=', jobId)
            .where('user_id', '>', userId),
        )
        .orderBy('user_id')
        .limit(limit)
        .execute();
      return rows.map((row) => row.user_id);
    },
  };
}
