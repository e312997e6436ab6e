import { describe, expect, it } from 'vitest';
import { openServices } from '../../src/services.ts';
import type { Engine } from '../../src/store/store.ts';
import { openTestServices, runSql } from '../store/open-services.ts';
import { userRow } from '../store/open-store.ts';
import { ENGINES } from '../support/engines.ts';
import { appendEvents, eventsOf, verifyAudit, writersOf } from './tampering.ts';

const FAULTLESS = { problems: [] };

describe.each(ENGINES)('the audit chain on %s', (engine) => {
  const stampIn = ({ services, poolId }: Awaited<ReturnType<typeof openTestServices>>, requestId: string) =>
    services.audit.stamp({ poolId, id: 'key', address: '', requestId }, { action: 'test', result: 'ok' });

  it('has no gap after transactions that were rolled back, beside others that were not', async () => {
    await using opened = await openTestServices(engine);
    const { store } = opened.services;
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        store.transaction(async (queries) => {
          await queries.audit.append([stampIn(opened, `a ${index}`), stampIn(opened, `b ${index}`)]);
          if (index % 3 === 0) throw new Error('refused');
          await queries.audit.append([stampIn(opened, `c ${index}`)]);
        }),
      ),
    );
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(20);
    expect(await verifyAudit(opened.services)).toMatchObject({ events: 120, ...FAULTLESS });
    if (engine === 'sqlite') expect(await writersOf(opened)).toHaveLength(1);
  });

  it('is not lengthened by a rehearsal', async () => {
    await using opened = await openTestServices(engine);
    await appendEvents(opened, 2);
    for (let count = 0; count < 5; count++) {
      await opened.services.store.rehearse((queries) => queries.audit.append([stampIn(opened, 'rehearsed')]));
    }
    await appendEvents(opened, 2);
    expect(await verifyAudit(opened.services)).toMatchObject({ events: 4, ...FAULTLESS });
    expect((await eventsOf(opened)).map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4]);
  });

  it('goes on where a lost race was run again', async () => {
    await using opened = await openTestServices(engine);
    const { store } = opened.services;
    await store.transaction((queries) =>
      queries.bulk.insertUsers(['a', 'b'].map((user_id) => userRow({ pool_id: opened.poolId, user_id }))),
    );
    let runs = 0;
    // Two lock the same rows in opposite order: one of them is undone by the database and run again.
    const lockBoth = (first: string, second: string) =>
      store.transaction(async (queries) => {
        runs++;
        await queries.audit.append([stampIn(opened, first)]);
        await queries.users.findForUpdate(opened.poolId, first);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await queries.users.findForUpdate(opened.poolId, second);
        await queries.audit.append([stampIn(opened, second)]);
      });
    await Promise.all([lockBoth('a', 'b'), lockBoth('b', 'a')]);
    if (engine === 'postgres') expect(runs).toBeGreaterThan(2);
    await appendEvents(opened, 3);
    expect(await verifyAudit(opened.services)).toMatchObject({ events: 7, ...FAULTLESS });
  });

  it('is whole after many services wrote to one database at once, and after they start again', async () => {
    const opened = await openTestServices(engine);
    const { database } = opened;
    const others = await Promise.all(Array.from({ length: 3 }, () => openTestServices(engine, { database })));
    const all = [opened, ...others];
    await Promise.all(all.flatMap((one) => Array.from({ length: 5 }, () => appendEvents(one, 10))));
    for (const one of all) await one.close();
    await using again = await openTestServices(engine, { database });
    await appendEvents(again, 10);
    const found = await verifyAudit(again.services);
    expect(found).toMatchObject({ events: 210, ...FAULTLESS });
    expect(found.writers).toBeGreaterThanOrEqual(5);
  });

  it('leaves a writer whose commit failed, and has no gap', async () => {
    await using opened = await openTestServices(engine);
    await appendEvents(opened, 2);
    for (const statement of failingCommits(engine)) await runSql(opened.database, statement);
    const event = { ...stampIn(opened, 'fails'), action: 'fails at commit' };
    await expect(opened.services.store.transaction((queries) => queries.audit.append([event]))).rejects.toThrow(
      /foreign key/i,
    );
    await appendEvents(opened, 2);
    expect(await verifyAudit(opened.services)).toMatchObject({ writers: 2, events: 4, ...FAULTLESS });
  });

  it('is made by no more writers than there are transactions at once', async () => {
    await using opened = await openTestServices(engine);
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 8 }, () => appendEvents(opened, 5)));
    }
    expect((await writersOf(opened)).length).toBeLessThanOrEqual(engine === 'sqlite' ? 1 : 8);
    expect(await verifyAudit(opened.services)).toMatchObject({ events: 200, ...FAULTLESS });
  });

  it('takes an event of any length and any text', async () => {
    await using opened = await openTestServices(engine);
    const actor = { poolId: opened.poolId, id: '密钥 "\\', address: '::1', requestId: '\u2028\u{1f511}' };
    const detail = { text: '"}],\u0000\ud800'.repeat(1000), list: [1.5, null, true] };
    const event = opened.services.audit.stamp(actor, { action: 'a', result: 'ok', userId: '', detail });
    const many = Array.from({ length: 6_000 }, () => event);
    await opened.services.store.transaction((queries) => queries.audit.append([event]));
    await opened.services.store.transaction((queries) =>
      queries.audit.append(many.map((one) => ({ ...one, detail: '{}' }))),
    );
    expect(await verifyAudit(opened.services)).toMatchObject({ events: 6_001, ...FAULTLESS });
  });

  it('cannot be made anew without the key ring: another installation finds every event wrong', async () => {
    await using opened = await openTestServices(engine);
    await appendEvents(opened, 3);
    const other = await openTestServices(engine);
    opened.services.store.chainAudit(other.services.vault.auditDigest);
    await appendEvents(opened, 3, 4);
    await other.close();
    const [writerId] = await writersOf(opened);
    expect((await verifyAudit(opened.services)).problems).toEqual([
      { kind: 'head-forged', writerId },
      { kind: 'events-changed', writerId, from: 4, to: 6 },
    ]);
  });

  it('begins in a database of an older program with a count of what was there, and nothing can be added to it', async () => {
    const opened = await openTestServices(engine);
    const { database } = opened;
    await opened.close();
    await runSql(database, `delete from ring_key where purpose = 'audit'`);
    const insert = (sequence: number) =>
      runSql(
        database,
        `insert into audit_event (writer_id, sequence, pool_id, at, action, result, actor, address, request_id, detail)
           values ('old', $1, 'pool', 1, 'a', 'ok', '', '', '', '{}')`,
        [sequence],
      );
    for (const sequence of [1, 2, 3]) await insert(sequence);
    const started = await Promise.all(Array.from({ length: 4 }, () => openServices(database.config)));
    for (const services of started) await services.close();
    await using again = await openTestServices(engine, { database });
    await appendEvents(again, 2);
    expect(await runSql(database, `select key_id from ring_key where purpose = 'audit'`)).toHaveLength(1);
    expect(await verifyAudit(again.services)).toMatchObject({ events: 3, olderEvents: 3, ...FAULTLESS });
    await insert(4);
    expect((await verifyAudit(again.services)).problems).toEqual([{ kind: 'events-unchained', count: 1 }]);
  });

  it('does not let another master key into the ring of an older program', async () => {
    const opened = await openTestServices(engine);
    await opened.close();
    await runSql(opened.database, `delete from ring_key where purpose = 'audit'`);
    const config = { ...opened.database.config, masterKey: Buffer.alloc(32, 7).toString('base64') };
    await expect(openServices(config)).rejects.toMatchObject({ code: 'master_key_wrong' });
    expect(await runSql(opened.database, 'select * from ring_key')).toHaveLength(3);
  });
});

/** After these, a transaction with an event of that action finds only at its commit that it may not be. */
function failingCommits(engine: Engine): string[] {
  const work = 'insert into child values (1)';
  const trigger = `create trigger fails_at_commit after insert on audit_event`;
  return [
    'create table parent (id integer primary key)',
    'create table child (id integer references parent (id) deferrable initially deferred)',
    ...(engine === 'sqlite'
      ? [`${trigger} when new.action = 'fails at commit' begin ${work}; end`]
      : [
          `create function add_orphan() returns trigger language plpgsql as 'begin ${work}; return new; end'`,
          `${trigger} for each row when (new.action = 'fails at commit') execute function add_orphan()`,
        ]),
  ];
}
