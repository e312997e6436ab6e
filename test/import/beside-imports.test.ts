import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { expect, it } from 'vitest';
import { actorIn, runSql } from '../store/open-services.ts';
import { HOTP, openTestVerifier, type TestVerifier, USER } from '../verify/open-verifier.ts';

/** Comes back when so many sessions wait for a row. */
async function waitersOf({ opened: { database } }: TestVerifier, count: number): Promise<void> {
  const sql = `select 1 as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await runSql(database, sql)).length < count) await pause(5);
}

const token = (verifier: TestVerifier, seed: number) => verifier.import(seed, { type: 'hotp', counter: 0 });

/** What takes a factor away, to which an import of the same factor comes while it is under way. */
const WAYS: Record<string, (verifier: TestVerifier) => Promise<unknown>> = {
  'an import of another seed': (verifier) => token(verifier, 961),
  'a reset': ({ opened: { services, poolId } }) => services.factors.reset(actorIn(poolId), USER),
};

it.each(Object.entries(WAYS))('an import that waits for %s knows what that has retired', async (_, retire) => {
  await using verifier = await openTestVerifier('postgres', {}, HOTP);
  const used = verifier.code(4);
  expect(await verifier.verify(used)).toBe('accepted');
  const client = new pg.Client({ connectionString: verifier.opened.database.config.databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query('select 1 from factor where user_id = $1 for update', [USER]);
  const retiring = retire(verifier);
  await waitersOf(verifier, 1);
  const returning = token(verifier, 960);
  await waitersOf(verifier, 2);
  await client.query('commit');
  await Promise.all([retiring, returning]);
  await client.end();
  expect((await verifier.factor()).counter).toBe(5);
  expect(await verifier.verify(used)).toBe('code_wrong');
});

it('an import learns what a factor used up that came and went while it was under way', async () => {
  await using verifier = await openTestVerifier('postgres', {}, HOTP);
  const { services, poolId, database } = verifier.opened;
  const used = verifier.code(4);
  expect(await verifier.verify(used)).toBe('accepted');
  const client = new pg.Client({ connectionString: database.config.databaseUrl });
  await client.connect();
  await client.query('create temporary table kept_factor as select * from factor');
  await services.factors.reset(actorIn(poolId), USER);
  await client.query('create temporary table kept_spent as select * from spent_factor');
  await client.query('delete from spent_factor');

  // The import has looked at its user, who had nothing, and waits for a row of the same user that is being added.
  await client.query('begin');
  await client.query('insert into factor select * from kept_factor');
  const importing = token(verifier, 960);
  await waitersOf(verifier, 1);
  await client.query('delete from factor');
  await client.query('insert into spent_factor select * from kept_spent');
  await client.query('commit');
  await importing;
  await client.end();
  expect((await verifier.factor()).counter).toBe(5);
  expect(await verifier.verify(used)).toBe('code_wrong');
});
