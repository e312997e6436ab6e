import type { PendingEnrolmentTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

/** The state that a pass code was judged by. A change takes effect only if the row still has it. */
export type EnrolmentState = Pick<PendingEnrolmentTable, 'pool_id' | 'user_id' | 'factor_id' | 'failures'>;

export function pendingEnrolmentQueries({ database }: QueryContext) {
  return {
    async find(poolId: string, userId: string): Promise<PendingEnrolmentTable | undefined> {
      return database
        .selectFrom('pending_enrolment')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('user_id', '=', userId)
        .executeTakeFirst();
    },
    /** Takes the place of the one that the user has. */
    async put(row: PendingEnrolmentTable): Promise<void> {
      const { pool_id: _pool, user_id: _user, ...rest } = row;
      await database
        .insertInto('pending_enrolment')
        .values(row)
        .onConflict((conflict) => conflict.columns(['pool_id', 'user_id']).doUpdateSet(rest))
        .execute();
    },
    /** @returns whether this call counted the failure; if not, the pass code must be judged again */
    async recordFailure(state: EnrolmentState): Promise<boolean> {
      const result = await database
        .updateTable('pending_enrolment')
        .set({ failures: state.failures + 1 })
        .where('pool_id', '=', state.pool_id)
        .where('user_id', '=', state.user_id)
        .where('factor_id', '=', state.factor_id)
        .where('failures', '=', state.failures)
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },
    /** @returns whether this call took it away; of any number of simultaneous ones exactly one does */
    async take(state: EnrolmentState): Promise<boolean> {
      const result = await database
        .deleteFrom('pending_enrolment')
        .where('pool_id', '=', state.pool_id)
        .where('user_id', '=', state.user_id)
        .where('factor_id', '=', state.factor_id)
        .where('failures', '=', state.failures)
        .executeTakeFirst();
      return Number(result.numDeletedRows) === 1;
    },
    async forgetExpired(now: number): Promise<void> {
      await database.deleteFrom('pending_enrolment').where('expires_at', '<', now).execute();
    },
    async deleteOfUsers(poolId: string, userIds: readonly string[]): Promise<void> {
      await database
        .deleteFrom('pending_enrolment')
        .where('pool_id', '=', poolId)
        .where('user_id', 'in', userIds)
        .execute();
    },
  };
}
