import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Services } from '../../src/services.ts';
import { readAuthingItem } from '../../src/sources/authing-item.ts';
import { plantedSeed } from '../support/planted.ts';
import { startTestServer } from '../support/test-server.ts';

/** Ends the backends in transactions whose last statement is like this, as a failing network or an administrator does. */
async function endTransactions(url: string, statement: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'factorport' and datname = current_database() and xact_start is not null and query ~* $1`,
      [statement],
    );
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}

async function countFactors({ store }: Services): Promise<number> {
  return (await store.read.factors.sample(10_000)).length;
}

describe('a connection that PostgreSQL loses', () => {
  it('in the middle of a transaction refuses that work as unavailable and does not end the process', async () => {
    await using server = await startTestServer('postgres');
    const { store } = server.services;
    const url = server.database.config.databaseUrl as string;
    const lost = store.transaction(async (queries) => {
      await queries.pools.insert({ pool_id: 'lost', name: '', created_at: 1 });
      expect(await endTransactions(url, 'insert into "pool"')).toBe(1);
      await queries.pools.find('lost');
    });
    await expect(lost).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.read.pools.find('lost')).toBeUndefined();
    await store.transaction((queries) => queries.pools.insert({ pool_id: 'after', name: '', created_at: 1 }));
  });

  it('during an import leaves nothing of it, and the next import works', async () => {
    await using server = await startTestServer('postgres');
    const { services, poolId } = server;
    const url = server.database.config.databaseUrl as string;
    const list = Array.from({ length: 20_000 }, (_, index) => ({
      userId: `user ${index}`,
      otp: { secret: plantedSeed(index % 50) },
    }));
    const actor = { poolId, id: 'test', address: '', requestId: 'lost' };
    const options = { onExisting: 'replace', createMissingUsers: true, dryRun: false } as const;
    const importAll = () =>
      services.importer.importList({ actor, list, readItem: readAuthingItem, options, source: 'test' });
    let done = false;
    const first = importAll().finally(() => {
      done = true;
    });
    first.catch(() => undefined);
    while (!done && (await endTransactions(url, 'copy |wanted|advisory')) === 0);
    await expect(first).rejects.toMatchObject({ code: 'unavailable' });
    expect(await countFactors(services)).toBe(0);
    expect((await importAll()).added).toBe(list.length);
  });
});
