import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { verifyAudit } from '../audit/tampering.ts';
import { openTestServices } from '../store/open-services.ts';
import { createTestDatabase, ENGINES } from '../support/engines.ts';
import { runFactorport, startServerProcess } from '../support/server-process.ts';
import { post, prepareDatabase } from './prepare.ts';

describe.each(ENGINES)('the audit chain of two servers that are killed: %s', (engine) => {
  it('is whole each time, and goes on in the next process', { timeout: 180_000 }, async () => {
    const database = await createTestDatabase(engine);
    const key = await prepareDatabase(database, ['alice']);
    for (let round = 0; round < 3; round++) {
      await using first = await startServerProcess(database.environment);
      await using second = await startServerProcess(database.environment);
      const calls = Array.from({ length: 60 }, (_, index) =>
        post((index % 2 === 0 ? first : second).url, '/api/v3/create-user', key.token, {
          username: `user ${round} ${index}`,
        }).catch(() => undefined),
      );
      await Promise.race(calls.slice(20));
      first.kill('SIGKILL');
      second.kill('SIGKILL');
      await Promise.all(calls);
      const { code, output } = await runFactorport(['audit', 'verify', '--json'], database.environment);
      expect([code, JSON.parse(output).summary.problems]).toEqual([0, 0]);
    }
    await using opened = await openTestServices(engine, { database });
    const { writers, problems } = await verifyAudit(opened.services);
    expect(problems).toEqual([]);
    expect(writers).toBeGreaterThanOrEqual(4);
  });
});

describe('the audit chain when PostgreSQL loses a connection', () => {
  it('leaves the writer of a transaction whose end is not known, and has no gap', async () => {
    await using opened = await openTestServices('postgres');
    const { services, database, poolId } = opened;
    const actor = { poolId, id: 'key', address: '', requestId: '' };
    const append = (during?: () => Promise<unknown>) =>
      services.store.transaction(async (queries) => {
        await queries.audit.append([services.audit.stamp(actor, { action: 'a', result: 'ok' })]);
        await during?.();
      });
    const endAll = async () => {
      const client = new pg.Client({ connectionString: database.config.databaseUrl });
      await client.connect();
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name = 'factorport' and datname = current_database() and xact_start is not null`,
      );
      await client.end();
    };
    await append();
    await expect(append(endAll)).rejects.toMatchObject({ code: 'unavailable' });
    await append();
    await append();
    expect(await verifyAudit(services)).toMatchObject({ writers: 2, events: 3, problems: [] });
  });

  it('refuses a transaction in which a statement failed, though it was not told', async () => {
    await using opened = await openTestServices('postgres');
    const { services, poolId } = opened;
    const event = services.audit.stamp({ poolId, id: '', address: '', requestId: '' }, { action: 'a', result: 'ok' });
    const work = services.store.transaction(async (queries) => {
      await queries.audit.append([event]);
      await queries.audit.append([{ ...event, detail: '\u0000' }]).catch(() => undefined);
    });
    await expect(work).rejects.toThrow('undone');
    await services.store.transaction((queries) => queries.audit.append([event]));
    expect(await verifyAudit(services)).toMatchObject({ events: 1, problems: [] });
  });
});
