import type { FactorTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

/** The state that an attempt was judged by. A change takes effect only if the row still has it. */
export interface FactorState {
  readonly factorId: string;
  readonly lastStep: number;
  readonly failures: number;
}

export function factorQueries({ database }: QueryContext) {
  const whileUnchanged = (poolId: string, userId: string, state: FactorState, now: number) =>
    database
      .updateTable('factor')
      .where('pool_id', '=', poolId)
      .where('user_id', '=', userId)
      .where('factor_id', '=', state.factorId)
      .where('last_step', '=', state.lastStep)
      .where('failures', '=', state.failures)
      .where('throttled_until', '<=', now);

  return {
    async find(poolId: string, userId: string): Promise<FactorTable | undefined> {
      return database
        .selectFrom('factor')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('user_id', '=', userId)
        .executeTakeFirst();
    },
    /**
     * Uses up a time step (RFC 6238 §5.2: "The verifier MUST NOT accept the second attempt of the OTP").
     *
     * @returns whether this call did it; of any number of simultaneous ones exactly one does
     */
    async acceptStep(
      poolId: string,
      userId: string,
      state: FactorState,
      accepted: { step: number; driftSteps: number },
      now: number,
    ): Promise<boolean> {
      const result = await whileUnchanged(poolId, userId, state, now)
        .set({
          last_step: accepted.step,
          drift_steps: accepted.driftSteps,
          failures: 0,
          throttled_until: 0,
          last_used_at: now,
        })
        .where('last_step', '<', accepted.step)
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },
    /** @returns whether this call counted the failure; if not, the attempt must be judged again */
    async recordFailure(
      poolId: string,
      userId: string,
      state: FactorState,
      throttledUntil: number,
      now: number,
    ): Promise<boolean> {
      const result = await whileUnchanged(poolId, userId, state, now)
        .set({ failures: state.failures + 1, throttled_until: throttledUntil })
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },
    /** Any factors, to try whether they open. */
    async sample(limit: number): Promise<FactorTable[]> {
      return database.selectFrom('factor').selectAll().limit(limit).execute();
    },
    /** When anyone's code was last accepted; `undefined` where none was. */
    async lastUseTime(): Promise<number | undefined> {
      const row = await database
        .selectFrom('factor')
        .select((builder) => builder.fn.max<number | null>('last_used_at').as('latest'))
        .executeTakeFirst();
      return row?.latest ?? undefined;
    },
    /** @returns whether the user had none, so that this one was added */
    async insertIfNone(factor: FactorTable): Promise<boolean> {
      const result = await database
        .insertInto('factor')
        .values(factor)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
    },
    /** @returns whether this call took it away */
    async deleteOne(poolId: string, userId: string, factorId: string): Promise<boolean> {
      const result = await database
        .deleteFrom('factor')
        .where('pool_id', '=', poolId)
        .where('user_id', '=', userId)
        .where('factor_id', '=', factorId)
        .executeTakeFirst();
      return Number(result.numDeletedRows) === 1;
    },
    async delete(poolId: string, userIds: readonly string[]): Promise<void> {
      await database.deleteFrom('factor').where('pool_id', '=', poolId).where('user_id', 'in', userIds).execute();
    },
  };
}
