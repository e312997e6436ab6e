import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AUDIT_EVENT_COLUMNS, AUDIT_WRITER_COLUMNS } from '../../src/store/rows.ts';
import { openTestServices, type Row, runSql, type TestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { appendEvents, eventsOf, verifyAudit, writersOf } from './tampering.ts';

const EVENTS = 8;

describe.each(ENGINES)('audit verify on %s', (engine) => {
  let opened: TestServices;
  /** The chain that is tampered with, and the one whose anchor knows its end. */
  let writerId: string;
  let witness: string;
  let events: Row[];
  let writers: Row[];
  /** The writer of the process that is running. */
  let present: string;

  const sql = (text: string, values: readonly unknown[] = []) => runSql(opened.database, text, values as never[]);
  const problems = async () => (await verifyAudit(opened.services)).problems;
  const insertAll = async (table: string, columns: readonly string[], rows: readonly Row[]) => {
    const places = columns.map((_, index) => `$${index + 1}`).join(', ');
    for (const row of rows) {
      const values = columns.map((column) => row[column]);
      await sql(`insert into ${table} (${columns.join(', ')}) values (${places})`, values);
    }
  };
  const anchorBroken = (from = EVENTS) => ({ kind: 'anchor-broken', writerId, from, witness, to: expect.any(Number) });

  beforeAll(async () => {
    const first = await openTestServices(engine);
    await appendEvents(first, EVENTS);
    [writerId = ''] = await writersOf(first);
    await first.close();
    opened = await openTestServices(engine, { database: first.database });
    await opened.services.auditUpkeep.anchor();
    await appendEvents(opened, 2);
    events = await eventsOf(opened);
    witness = events.find(({ action }) => action === 'audit.anchor')?.writer_id as string;
    present = (await writersOf(opened)).find((id) => id !== writerId && id !== witness) as string;
    writers = await sql('select * from audit_writer');
  });

  afterAll(() => opened.close());

  beforeEach(async () => {
    await sql('delete from audit_event');
    await sql('delete from audit_writer');
    await insertAll('audit_event', AUDIT_EVENT_COLUMNS, events);
    await insertAll('audit_writer', AUDIT_WRITER_COLUMNS, writers);
    expect(await problems()).toEqual([]);
  });

  it('counts what it has checked', async () => {
    expect(await verifyAudit(opened.services)).toEqual({
      writers: 3,
      events: EVENTS + 3,
      olderEvents: 0,
      anchors: 1,
      problems: [],
    });
  });

  it.each(AUDIT_EVENT_COLUMNS.filter((column) => column !== 'writer_id' && column !== 'sequence'))(
    'finds the one event whose %s was changed, wherever it stands',
    async (column) => {
      for (const sequence of [1, 4, EVENTS]) {
        const [row] = await sql(`select ${column} as value from audit_event where writer_id = $1 and sequence = $2`, [
          writerId,
          sequence,
        ]);
        const value = row?.value;
        const changed =
          column === 'at' ? Number(value) + 1 : column === 'hash' ? Buffer.alloc(32, 1) : `${String(value)} `;
        await sql(`update audit_event set ${column} = $1 where writer_id = $2 and sequence = $3`, [
          changed,
          writerId,
          sequence,
        ]);
        const found = await problems();
        expect(found).toContainEqual({ kind: 'events-changed', writerId, from: sequence, to: sequence });
        // The last hash is also what the record of the chain and the anchor know.
        if (column === 'hash' && sequence === EVENTS) {
          expect(found.slice(1)).toEqual([{ kind: 'head-wrong', writerId, from: EVENTS, to: EVENTS }, anchorBroken()]);
        } else expect(found).toHaveLength(1);
        await sql(`update audit_event set ${column} = $1 where writer_id = $2 and sequence = $3`, [
          value,
          writerId,
          sequence,
        ]);
      }
    },
  );

  it('finds an event that lost its user, its hash, or got a user it had not', async () => {
    await sql('update audit_event set user_id = null where writer_id = $1 and sequence = 2', [writerId]);
    await sql('update audit_event set hash = null where writer_id = $1 and sequence = 4', [writerId]);
    await sql('update audit_event set user_id = $1 where writer_id = $2 and sequence = 2', ['', present]);
    expect(await problems()).toEqual(
      expect.arrayContaining([
        { kind: 'events-changed', writerId, from: 2, to: 2 },
        { kind: 'events-changed', writerId, from: 4, to: 4 },
        { kind: 'events-changed', writerId: present, from: 2, to: 2 },
      ]),
    );
  });

  it.each([
    ['first', 1, 1],
    ['one in the middle', 4, 4],
    ['three in the middle', 3, 5],
    ['last', EVENTS, EVENTS],
    ['last three', EVENTS - 2, EVENTS],
  ])('finds that the %s was removed', async (_, from, to) => {
    await sql('delete from audit_event where writer_id = $1 and sequence between $2 and $3', [writerId, from, to]);
    const found = await problems();
    expect(found[0]).toEqual({ kind: 'events-missing', writerId, from, to });
    expect(found.slice(1)).toEqual(to === EVENTS ? [anchorBroken()] : []);
  });

  it('finds that the chain of the only server was taken back, because its anchors are in a chain of their own', async () => {
    await using alone = await openTestServices(engine);
    const record = (values: string) => runSql(alone.database, `select * from audit_writer where writer_id ${values}`);
    await appendEvents(alone, 2);
    const [earlier] = await record('is not null');
    await appendEvents(alone, 3);
    await alone.services.auditUpkeep.anchor();
    const { writer_id: own } = earlier as { writer_id: string };
    await runSql(alone.database, 'delete from audit_event where writer_id = $1 and sequence > 2', [own]);
    const columns = ['last_sequence', 'last_hash', 'last_mac', 'updated_at'];
    await runSql(
      alone.database,
      `update audit_writer set ${columns.map((column, index) => `${column} = $${index + 2}`).join(', ')} where writer_id = $1`,
      [own, ...columns.map((column) => (earlier as Row)[column])] as never[],
    );
    const { problems: found } = await verifyAudit(alone.services);
    expect(found).toMatchObject([{ kind: 'anchor-broken', writerId: own, from: 5 }]);
  });

  it('finds that a whole writer was removed, by its anchor', async () => {
    await sql('delete from audit_event where writer_id = $1', [writerId]);
    await sql('delete from audit_writer where writer_id = $1', [writerId]);
    expect(await problems()).toEqual([anchorBroken()]);
  });

  it('finds that all events of a writer were removed', async () => {
    await sql('delete from audit_event where writer_id = $1', [writerId]);
    expect(await problems()).toEqual([{ kind: 'events-missing', writerId, from: 1, to: EVENTS }, anchorBroken()]);
  });

  it('finds a gap that was closed by numbering the rest anew', async () => {
    await sql('delete from audit_event where writer_id = $1 and sequence = 4', [writerId]);
    for (let sequence = 5; sequence <= EVENTS; sequence++) {
      await sql('update audit_event set sequence = $1 where writer_id = $2 and sequence = $3', [
        sequence - 1,
        writerId,
        sequence,
      ]);
    }
    const found = await problems();
    expect(found).toContainEqual({ kind: 'events-missing', writerId, from: EVENTS, to: EVENTS });
    expect(found.length).toBeGreaterThan(2);
  });

  it.each([
    [4, 5],
    [2, 7],
    [1, EVENTS],
  ])('finds that events %i and %i changed places, and says so', async (one, other) => {
    const swap = 'update audit_event set sequence = $1 where writer_id = $2 and sequence = $3';
    await sql(swap, [-1, writerId, one]);
    await sql(swap, [one, writerId, other]);
    await sql(swap, [other, writerId, -1]);
    const found = await problems();
    expect(found).toContainEqual({ kind: 'event-moved', writerId, from: one, to: other });
    expect(found).toContainEqual({ kind: 'event-moved', writerId, from: other, to: one });
    expect(found.filter(({ kind }) => kind === 'events-changed')).toEqual([]);
  });

  it('finds events put in before, behind and into a chain of their own', async () => {
    const [copy] = events.filter((row) => row.writer_id === writerId);
    const put = (change: object) => insertAll('audit_event', AUDIT_EVENT_COLUMNS, [{ ...copy, ...change }]);
    await put({ sequence: 0 });
    await put({ sequence: EVENTS + 1 });
    await put({ writer_id: 'z', sequence: 3 });
    await put({ writer_id: '', sequence: 1, hash: null });
    expect(await problems()).toEqual(
      expect.arrayContaining([
        { kind: 'events-added', writerId, from: 0, to: 0 },
        { kind: 'events-changed', writerId, from: EVENTS + 1, to: EVENTS + 1 },
        { kind: 'head-wrong', writerId, from: EVENTS, to: EVENTS + 1 },
        { kind: 'writer-missing', writerId: 'z', from: 3, to: 3 },
        { kind: 'events-unchained', count: 1 },
      ]),
    );
  });

  it.each(AUDIT_WRITER_COLUMNS)('finds that %s of the record of a chain was changed', async (column) => {
    const change = ['writer_id', 'first_hash', 'first_mac', 'last_hash', 'last_mac'].includes(column)
      ? column === 'writer_id'
        ? 'another'
        : Buffer.alloc(32, 1)
      : 5;
    await sql(`update audit_writer set ${column} = $1 where writer_id = $2`, [change, writerId]);
    const kinds = (await problems()).map(({ kind }) => kind);
    if (column === 'writer_id') expect(kinds).toContain('writer-missing');
    else expect(kinds).toContain(column.startsWith('first') ? 'tail-forged' : 'head-forged');
  });

  it('finds that the record of a chain is missing', async () => {
    await sql('delete from audit_writer where writer_id = $1', [writerId]);
    expect(await problems()).toEqual([{ kind: 'writer-missing', writerId, from: 1, to: EVENTS }]);
  });

  it('finds that the record of a chain was taken back to an earlier one, with its events and without', async () => {
    const [, other] = await openAndClose();
    const earlier = await sql('select * from audit_writer where writer_id = $1', [other]);
    const recordOf = async () => {
      await sql('delete from audit_writer where writer_id = $1', [other]);
      await insertAll('audit_writer', AUDIT_WRITER_COLUMNS, earlier);
    };
    await appendEvents(late as TestServices, 3);
    await opened.services.auditUpkeep.anchor();
    expect(await problems()).toEqual([]);
    await recordOf();
    expect(await problems()).toEqual([{ kind: 'head-wrong', writerId: other, from: 2, to: 5 }]);
    await sql('delete from audit_event where writer_id = $1 and sequence > 2', [other]);
    expect(await problems()).toEqual([{ ...anchorBroken(5), writerId: other }]);
    await (late as TestServices).close();
  });

  let late: TestServices | undefined;
  /** Another process that has written two events and goes on; its writer comes last. */
  async function openAndClose(): Promise<[TestServices, string]> {
    late = await openTestServices(engine, { database: opened.database });
    const before = await writersOf(late);
    await appendEvents(late, 2);
    return [late, (await writersOf(late)).find((id) => !before.includes(id)) as string];
  }
});
