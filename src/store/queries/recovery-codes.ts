import type { RecoveryCodeTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

export function recoveryCodeQueries({ database }: QueryContext) {
  const ofUser = (poolId: string, userId: string) =>
    database.selectFrom('recovery_code').where('pool_id', '=', poolId).where('user_id', '=', userId);

  return {
    /** Used ones too. */
    async list(poolId: string, userId: string): Promise<RecoveryCodeTable[]> {
      return ofUser(poolId, userId).selectAll().execute();
    },
    async countLeft(poolId: string, userId: string): Promise<number> {
      const row = await ofUser(poolId, userId)
        .where('used_at', 'is', null)
        .select((builder) => builder.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
    /** How many unused codes the users after one, up to and with another, have together. */
    async countLeftBetween(poolId: string, afterUserId: string, lastUserId: string): Promise<number> {
      const row = await database
        .selectFrom('recovery_code')
        .where('pool_id', '=', poolId)
        .where('user_id', '>', afterUserId)
        .where('user_id', '<=', lastUserId)
        .where('used_at', 'is', null)
        .select((builder) => builder.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
    /**
     * Uses a code up, and leaves for it the digest by which imports recognise it.
     *
     * @returns whether this call did it; of any number of simultaneous ones exactly one does
     */
    async use(row: RecoveryCodeTable, spentDigest: RecoveryCodeTable['sealed_digest'], now: number): Promise<boolean> {
      const result = await database
        .updateTable('recovery_code')
        .set({ used_at: now, sealed_digest: spentDigest })
        .where('pool_id', '=', row.pool_id)
        .where('user_id', '=', row.user_id)
        .where('code_id', '=', row.code_id)
        .where('used_at', 'is', null)
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },
    async insert(rows: readonly RecoveryCodeTable[]): Promise<void> {
      if (rows.length > 0) await database.insertInto('recovery_code').values(rows).execute();
    },
    /** Makes a user's codes that are left unusable, and keeps them so that imports recognise them. */
    async revokeAll(poolId: string, userId: string, now: number): Promise<void> {
      await database
        .updateTable('recovery_code')
        .set({ used_at: now })
        .where('pool_id', '=', poolId)
        .where('user_id', '=', userId)
        .where('used_at', 'is', null)
        .execute();
    },
    /** Some codes that still need their Argon2id layer, after a place in the order of the primary key. */
    async listToHarden(after: RecoveryCodePlace, limit: number): Promise<RecoveryCodeTable[]> {
      return database
        .selectFrom('recovery_code')
        .selectAll()
        .where('hardening', '=', 'due')
        .where('used_at', 'is', null)
        .where(({ eb, refTuple, tuple }) =>
          eb(refTuple('pool_id', 'user_id', 'code_id'), '>', tuple(after.pool_id, after.user_id, after.code_id)),
        )
        .orderBy('pool_id')
        .orderBy('user_id')
        .orderBy('code_id')
        .limit(limit)
        .execute();
    },
    /** Replaces the digest, if the code is unused and its digest the one that was hardened. @returns whether it was */
    async harden(row: RecoveryCodeTable, hardened: RecoveryCodeTable['sealed_digest']): Promise<boolean> {
      const result = await database
        .updateTable('recovery_code')
        .set({ sealed_digest: hardened, hardening: 'done' })
        .where('pool_id', '=', row.pool_id)
        .where('user_id', '=', row.user_id)
        .where('code_id', '=', row.code_id)
        .where('used_at', 'is', null)
        .where('sealed_digest', '=', row.sealed_digest)
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },
  };
}

export type RecoveryCodePlace = Pick<RecoveryCodeTable, 'pool_id' | 'user_id' | 'code_id'>;
