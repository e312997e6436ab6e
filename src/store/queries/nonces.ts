import type { UsedNonceTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

export function nonceQueries({ database }: QueryContext) {
  return {
    /** @returns whether the nonce is new; of any number of simultaneous calls with one nonce exactly one is told so */
    async remember(nonce: UsedNonceTable): Promise<boolean> {
      const result = await database
        .insertInto('used_nonce')
        .values(nonce)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
    },
    async forgetExpired(now: number): Promise<void> {
      await database.deleteFrom('used_nonce').where('expires_at', '<', now).execute();
    },
  };
}
