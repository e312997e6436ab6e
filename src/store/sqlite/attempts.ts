import type { AttemptOperations } from '../attempts.ts';
import type { Queries } from '../queries/index.ts';
import type { FactorTable } from '../schema.ts';
import type { SqliteConnection } from './connection.ts';

const FIND = 'select * from factor where pool_id = ? and user_id = ?';
const CHANGE = `update factor
  set last_step = ?1, counter = ?2, drift_steps = ?3, failures = ?4, throttled_until = ?5, last_used_at = ?6
  where pool_id = ?7 and user_id = ?8 and factor_id = ?9 and last_step = ?10 and counter = ?11 and failures = ?12
    and throttled_until <= ?13 and last_step <= ?1 and counter <= ?2`;

interface Dependencies {
  readonly reader: SqliteConnection;
  readonly writer: SqliteConnection;
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>;
}

/** Prepared statements; the write queue lets attempts that come together share a commit. */
export function sqliteAttempts({ reader, writer, transaction }: Dependencies): AttemptOperations {
  return {
    async find(poolId, userId) {
      return reader.prepare(FIND).get(poolId, userId) as FactorTable | undefined;
    },
    settle: ({ poolId, userId, state, change, now, event }) =>
      transaction(async (queries) => {
        const { changes } = writer
          .prepare(CHANGE)
          .run(
            change.lastStep,
            change.counter,
            change.driftSteps,
            change.failures,
            change.throttledUntil,
            change.lastUsedAt,
            poolId,
            userId,
            state.factorId,
            state.lastStep,
            state.counter,
            state.failures,
            now,
          );
        if (Number(changes) !== 1) return false;
        await queries.audit.append([event]);
        return true;
      }),
  };
}
