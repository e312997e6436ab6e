import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWriteQueue } from '../../../src/store/sqlite/write-queue.ts';

/** A queue on a real database in memory, whose commits can be made to fail and are counted. */
function openQueue() {
  const database = new DatabaseSync(':memory:');
  database.exec('create table note (text text not null)');
  const state = { failCommits: 0, failBegins: 0, commits: 0 };
  const queue = createWriteQueue({
    async begin() {
      await setImmediate();
      if (state.failBegins-- > 0) throw new Error('cannot begin');
      database.exec('begin immediate');
    },
    commit() {
      if (state.failCommits-- > 0) throw new Error('disk is full');
      database.exec('commit');
      state.commits++;
    },
    rollback: () => database.exec('rollback'),
    savepoint: () => database.exec('savepoint piece'),
    release: () => database.exec('release piece'),
    rollbackToSavepoint: () => database.exec('rollback to piece'),
  });
  const write = (text: string) => void database.prepare('insert into note values (?)').run(text);
  const notes = () =>
    database
      .prepare('select text from note order by rowid')
      .all()
      .map(({ text }) => text);
  return { database, queue, state, write, notes };
}

describe('write queue', () => {
  it('keeps the pieces beside a failing one, and nothing of that one', async () => {
    const { queue, write, notes } = openQueue();
    const results = await Promise.allSettled([
      queue.submit(async () => write('first'), true),
      queue.submit(async () => {
        write('half done');
        await setImmediate();
        throw new Error('refused');
      }, true),
      queue.submit(async () => write('last'), true),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(notes()).toEqual(['first', 'last']);
  });

  it('runs every piece exactly once and in order, whichever fail, are rehearsed, or come while others run', async () => {
    const piece = fc.record({
      outcome: fc.constantFrom('keep', 'rehearse', 'fail'),
      pause: fc.boolean(),
      nested: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        const { queue, write, notes } = openQueue();
        const nested: Promise<unknown>[] = [];
        const submit = ({ outcome, pause }: (typeof pieces)[number], name: string) =>
          queue.submit(async () => {
            write(name);
            if (pause) await setImmediate();
            if (outcome === 'fail') throw new Error(name);
            return name;
          }, outcome === 'keep');
        const done = pieces.map((one, index) =>
          queue
            .submit(async () => {
              if (one.nested) nested.push(submit({ ...one, outcome: 'keep' }, `nested ${index}`));
            }, true)
            .then(() => submit(one, `piece ${index}`)),
        );
        const results = await Promise.allSettled(done);
        await Promise.all(nested);
        await queue.settled();
        const kept = notes();
        for (const [index, { outcome }] of pieces.entries()) {
          expect(results[index]?.status).toBe(outcome === 'fail' ? 'rejected' : 'fulfilled');
          expect(kept.filter((text) => text === `piece ${index}`)).toHaveLength(outcome === 'keep' ? 1 : 0);
        }
        expect(kept.filter((text) => String(text).startsWith('nested'))).toHaveLength(nested.length);
        const mains = kept
          .filter((text) => String(text).startsWith('piece'))
          .map((text) => Number(String(text).slice(6)));
        expect(mains).toEqual(mains.toSorted((left, right) => left - right));
      }),
      { numRuns: 50 },
    );
  });

  it('gives a rehearsed piece its result and leaves nothing behind', async () => {
    const { queue, write, notes, database } = openQueue();
    const seen = await queue.submit(async () => {
      write('rehearsed');
      return database.prepare('select count(*) as count from note').get()?.count;
    }, false);
    expect(seen).toBe(1);
    expect(notes()).toEqual([]);
  });

  it('answers nobody before the commit, and everybody with its failure if it fails', async () => {
    const { queue, state, write, notes } = openQueue();
    state.failCommits = 1;
    const pieces = ['first', 'a', 'b'].map((text) => queue.submit(async () => write(text), true));
    const results = await Promise.allSettled(pieces);
    expect(results).toMatchObject(results.map(() => ({ status: 'rejected', reason: { message: 'disk is full' } })));
    expect(notes()).toEqual([]);
    await queue.submit(async () => write('after'), true);
    expect(notes()).toEqual(['after']);
  });

  it('goes on after a transaction that could not begin', async () => {
    const { queue, state, write, notes } = openQueue();
    state.failBegins = 1;
    await expect(queue.submit(async () => write('lost'), true)).rejects.toThrow('cannot begin');
    await queue.submit(async () => write('kept'), true);
    expect(notes()).toEqual(['kept']);
  });

  it('puts what waits into one commit, and at most 200 pieces into one', async () => {
    const { queue, state, write, notes } = openQueue();
    await Promise.all(Array.from({ length: 450 }, (_, index) => queue.submit(async () => write(String(index)), true)));
    expect(notes()).toHaveLength(450);
    expect(state.commits).toBe(3);
  });

  it('refuses every piece of a transaction that the database itself took back', async () => {
    const { queue, database, write, notes } = openQueue();
    const results = await Promise.allSettled([
      queue.submit(async () => write('before'), true),
      queue.submit(async () => database.exec('rollback'), true),
      queue.submit(async () => write('after'), true),
    ]);
    const kept = new Set(notes());
    for (const [index, text] of [
      [1, undefined],
      [2, 'after'],
    ] as const) {
      if (results[index]?.status === 'rejected') expect(kept.has(text as string)).toBe(false);
    }
    expect(results[1]?.status).toBe('rejected');
    await queue.submit(async () => write('later'), true);
    expect(notes()).toContain('later');
  });

  it('is settled when everything submitted before is done', async () => {
    const { queue, write, notes } = openQueue();
    const pieces = Array.from({ length: 5 }, (_, index) => queue.submit(async () => write(String(index)), true));
    await queue.settled();
    expect(notes()).toHaveLength(5);
    await Promise.all(pieces);
  });
});
