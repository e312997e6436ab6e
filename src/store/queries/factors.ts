import type { FactorTable, SpentFactorTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

/** The state that an attempt was judged by. A change takes effect only if the row still has it. */
export interface FactorState {
  readonly factorId: string;
  readonly lastStep: number;
  readonly counter: number;
  readonly failures: number;
}

export function stateOf({ factor_id: factorId, last_step: lastStep, counter, failures }: FactorTable): FactorState {
  return { factorId, lastStep, counter, failures };
}

/** What an attempt leaves behind. */
export interface FactorChange {
  readonly lastStep: number;
  readonly counter: number;
  readonly driftSteps: number;
  readonly failures: number;
  readonly throttledUntil: number;
  readonly lastUsedAt: number | null;
}

export function factorQueries({ database, engine }: QueryContext) {
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
     * Writes what an attempt leaves behind, if the factor still is what the attempt was judged by, is not throttled, and
     * nothing used becomes unused (RFC 6238 §5.2: "The verifier MUST NOT accept the second attempt of the OTP").
     *
     * @returns whether it was written; of any number of simultaneous attempts judged by one state exactly one is
     */
    async change(
      poolId: string,
      userId: string,
      state: FactorState,
      change: FactorChange,
      now: number,
    ): Promise<boolean> {
      const result = await database
        .updateTable('factor')
        .set({
          last_step: change.lastStep,
          counter: change.counter,
          drift_steps: change.driftSteps,
          failures: change.failures,
          throttled_until: change.throttledUntil,
          last_used_at: change.lastUsedAt,
        })
        .where('pool_id', '=', poolId)
        .where('user_id', '=', userId)
        .where('factor_id', '=', state.factorId)
        .where('last_step', '=', state.lastStep)
        .where('counter', '=', state.counter)
        .where('failures', '=', state.failures)
        .where('throttled_until', '<=', now)
        .where('last_step', '<=', change.lastStep)
        .where('counter', '<=', change.counter)
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },
    /** Ends throttle and lock. @returns whether there is a factor */
    async unlock(poolId: string, userId: string): Promise<boolean> {
      const result = await database
        .updateTable('factor')
        .set({ failures: 0, throttled_until: 0 })
        .where('pool_id', '=', poolId)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },
    /** Moves a HOTP counter forward, never back. */
    async advanceCounter(poolId: string, userId: string, factorId: string, counter: number): Promise<void> {
      await database
        .updateTable('factor')
        .set({ counter })
        .where('pool_id', '=', poolId)
        .where('user_id', '=', userId)
        .where('factor_id', '=', factorId)
        .where('counter', '<', counter)
        .execute();
    },
    /** Finds the factors and, on an engine with several writers, locks them until the transaction ends. */
    async findForUpdate(poolId: string, userIds: readonly string[]): Promise<FactorTable[]> {
      const select = database
        .selectFrom('factor')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('user_id', 'in', userIds)
        .orderBy('user_id');
      return (engine === 'postgres' ? select.forUpdate() : select).execute();
    },
    async insert(row: FactorTable): Promise<void> {
      await database.insertInto('factor').values(row).execute();
    },
    async insertSpent(rows: readonly SpentFactorTable[]): Promise<void> {
      await database
        .insertInto('spent_factor')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns(['pool_id', 'user_id', 'factor_id']).doUpdateSet((builder) => ({
            used_until: builder.ref('excluded.used_until'),
            counter: builder.ref('excluded.counter'),
            retired_at: builder.ref('excluded.retired_at'),
          })),
        )
        .execute();
    },
    async findSpent(poolId: string, userIds: readonly string[]): Promise<SpentFactorTable[]> {
      return database
        .selectFrom('spent_factor')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('user_id', 'in', userIds)
        .execute();
    },
    /** Forgets time steps whose codes no window reaches any more. Counters of HOTP never expire. */
    async forgetSpent(before: number): Promise<void> {
      await database.deleteFrom('spent_factor').where('counter', '=', 0).where('used_until', '<', before).execute();
    },
    /** The next factors of a pool in the order of user ids, after one; an empty text stands before all. */
    async listAfter(poolId: string, userId: string, limit: number): Promise<FactorTable[]> {
      return database
        .selectFrom('factor')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('user_id', '>', userId)
        .orderBy('user_id')
        .limit(limit)
        .execute();
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
    async delete(poolId: string, userIds: readonly string[]): Promise<void> {
      await database.deleteFrom('factor').where('pool_id', '=', poolId).where('user_id', 'in', userIds).execute();
    },
  };
}
