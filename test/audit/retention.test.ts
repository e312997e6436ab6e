import { describe, expect, it } from 'vitest';
import { openTestServices, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { appendEvents, eventsOf, verifyAudit, writersOf } from './tampering.ts';

const DAY_MS = 24 * 60 * 60_000;
const START = Date.UTC(2026, 5, 1);
const SETTINGS = { FACTORPORT_AUDIT_RETENTION_DAYS: '30' };

/** Services whose clock the test moves; events older than 30 days may go. */
async function openWithClock(engine: (typeof ENGINES)[number], settings: Readonly<Record<string, string>> = SETTINGS) {
  const time = { now: START };
  const opened = await openTestServices(engine, { settings, clock: () => time.now });
  return { opened, time };
}

describe.each(ENGINES)('retention of audit events on %s', (engine) => {
  it('deletes what is older than the setting, leaves an event, and what is left is still checked', async () => {
    const { opened, time } = await openWithClock(engine);
    await using _ = opened;
    await appendEvents(opened, 5);
    time.now += 20 * DAY_MS;
    await appendEvents(opened, 5, 6);
    time.now += 11 * DAY_MS;
    expect(await opened.services.auditUpkeep.deleteOld()).toBe(5);
    await opened.services.audit.flush();
    const left = await eventsOf(opened);
    expect(left.map(({ request_id }) => request_id)).toEqual([6, 7, 8, 9, 10].map((n) => `request ${n}`).concat(''));
    expect(left.at(-1)).toMatchObject({ action: 'audit.retention', actor: 'service', pool_id: '' });
    expect(JSON.parse(left.at(-1)?.detail as string)).toEqual({ deleted: 5, before: '2026-06-02T00:00:00.000Z' });
    expect(await verifyAudit(opened.services)).toMatchObject({ events: 6, problems: [] });
    const [writerId] = await writersOf(opened);
    await runSql(opened.database, 'delete from audit_event where sequence = 6');
    expect((await verifyAudit(opened.services)).problems).toEqual([
      { kind: 'events-missing', writerId, from: 6, to: 6 },
    ]);
  });

  it('keeps everything where it is not set', async () => {
    const { opened, time } = await openWithClock(engine, {});
    await using _ = opened;
    await appendEvents(opened, 3);
    time.now += 36_500 * DAY_MS;
    expect(await opened.services.auditUpkeep.deleteOld()).toBe(0);
    expect(await eventsOf(opened)).toHaveLength(3);
  });

  it('of all events of a writer keeps its record, so that anchors and the writer itself go on', async () => {
    const { opened, time } = await openWithClock(engine);
    const { database } = opened;
    await using _ = opened;
    await appendEvents(opened, 4);
    await using other = await openTestServices(engine, { database, clock: () => time.now });
    time.now += 29 * DAY_MS;
    await other.services.auditUpkeep.anchor();
    time.now += 2 * DAY_MS;
    expect(await opened.services.auditUpkeep.deleteOld()).toBe(4);
    await opened.services.audit.flush();
    await appendEvents(opened, 2, 5);
    expect(await verifyAudit(opened.services)).toMatchObject({ writers: 2, events: 4, anchors: 1, problems: [] });
  });

  it('deletes more than fits into one transaction', async () => {
    const { opened, time } = await openWithClock(engine);
    await using _ = opened;
    const { audit, store } = opened.services;
    const event = audit.stamp({ poolId: 'p', id: '', address: '', requestId: '' }, { action: 'a', result: 'ok' });
    const many = Array.from({ length: 4_500 }, () => event);
    await store.transaction((queries) => queries.audit.append(many));
    time.now += 40 * DAY_MS;
    await appendEvents(opened, 1);
    expect(await opened.services.auditUpkeep.deleteOld()).toBe(4_500);
    await audit.flush();
    expect(await verifyAudit(opened.services)).toMatchObject({ events: 2, problems: [] });
  });

  it('beside writers that go on, in several processes at once, never raises an alarm', async () => {
    const { opened, time } = await openWithClock(engine);
    const { database } = opened;
    await using _ = opened;
    await using other = await openTestServices(engine, { database, settings: SETTINGS, clock: () => time.now });
    const alarms: unknown[] = [];
    let done = false;
    const watching = (async () => {
      while (!done) {
        alarms.push(...(await verifyAudit(opened.services)).problems);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    let deleted = 0;
    for (let round = 0; round < 12; round++) {
      time.now += 8 * DAY_MS;
      const [one, two] = await Promise.all([
        opened.services.auditUpkeep.deleteOld(),
        other.services.auditUpkeep.deleteOld(),
        appendEvents(opened, 20),
        appendEvents(other, 20),
        appendEvents(opened, 20),
        other.services.auditUpkeep.anchor(),
      ]);
      deleted += one + two;
    }
    done = true;
    await watching;
    expect(alarms).toEqual([]);
    expect(deleted).toBeGreaterThan(300);
    expect((await verifyAudit(opened.services)).problems).toEqual([]);
  });

  it('leaves events whose chain was tampered with, so that it can be told', async () => {
    const { opened, time } = await openWithClock(engine);
    await using _ = opened;
    await appendEvents(opened, 5);
    const [writerId] = await writersOf(opened);
    await runSql(opened.database, 'delete from audit_event where sequence = 1');
    time.now += 40 * DAY_MS;
    expect(await opened.services.auditUpkeep.deleteOld()).toBe(0);
    expect((await verifyAudit(opened.services)).problems).toEqual([
      { kind: 'events-missing', writerId, from: 1, to: 1 },
    ]);
  });
});
