import type { QueryContext } from './context.ts';

export function timeMarkQueries({ database }: QueryContext) {
  return {
    async find(name: string): Promise<number | undefined> {
      const row = await database.selectFrom('time_mark').select('at').where('name', '=', name).executeTakeFirst();
      return row?.at;
    },
    /** Sets a mark to a time unless it is later already. @returns the mark */
    async raise(name: string, at: number): Promise<number> {
      await database
        .insertInto('time_mark')
        .values({ name, at })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ at }).where('time_mark.at', '<', at))
        .execute();
      const row = await database
        .selectFrom('time_mark')
        .select('at')
        .where('name', '=', name)
        .executeTakeFirstOrThrow();
      return row.at;
    },
    async set(name: string, at: number): Promise<void> {
      await database
        .insertInto('time_mark')
        .values({ name, at })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ at }))
        .execute();
    },
  };
}
