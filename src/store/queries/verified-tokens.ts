import type { VerifiedTokenTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

export function verifiedTokenQueries({ database }: QueryContext) {
  return {
    /** Under one token a factor may be verified again; the last time counts. */
    async remember(row: VerifiedTokenTable): Promise<void> {
      const { factor_id, verified_at, expires_at } = row;
      await database
        .insertInto('verified_token')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['pool_id', 'user_id', 'token_id']).doUpdateSet({ factor_id, verified_at, expires_at }),
        )
        .execute();
    },
    async find(poolId: string, userId: string, tokenId: string): Promise<VerifiedTokenTable | undefined> {
      return database
        .selectFrom('verified_token')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('user_id', '=', userId)
        .where('token_id', '=', tokenId)
        .executeTakeFirst();
    },
    async forgetExpired(now: number): Promise<void> {
      await database.deleteFrom('verified_token').where('expires_at', '<', now).execute();
    },
    async deleteOfUsers(poolId: string, userIds: readonly string[]): Promise<void> {
      await database
        .deleteFrom('verified_token')
        .where('pool_id', '=', poolId)
        .where('user_id', 'in', userIds)
        .execute();
    },
  };
}
