import { describe, expect, it } from 'vitest';
import { createClockGuard } from '../../src/verify/clock-guard.ts';
import { actorIn, openTestServices } from '../store/open-services.ts';
import { openTestStore } from '../store/open-store.ts';
import { ENGINES } from '../support/engines.ts';
import { expectRefused } from '../vault/open-vault.ts';
import { openTestVerifier, PERIOD_MS, START } from './open-verifier.ts';

const HOUR_MS = 3_600_000;

describe.each(ENGINES)('a clock that goes back, on %s', (engine) => {
  it('is tolerated by ten seconds and refused beyond them, until it has caught up', async () => {
    await using verifier = await openTestVerifier(engine);
    const latest = START + HOUR_MS;
    verifier.now = latest;
    expect(await verifier.verify('000000')).toBe('code_wrong');
    verifier.now = latest - 10_000;
    expect(await verifier.verify('000000')).toBe('code_wrong');
    verifier.now = latest - 10_001;
    for (const code of [verifier.code(), '000000']) expect(await verifier.verify(code)).toBe('clock_behind');
    expect(await verifier.confirm(verifier.code())).toBe('clock_behind');
    expect(await verifier.resync(verifier.code(0), verifier.code(1))).toBe('clock_behind');
    expect(await verifier.factor()).toMatchObject({ failures: 2, last_step: -1 });
    verifier.now = latest;
    expect(await verifier.verify(verifier.code())).toBe('accepted');
  });

  it('opens no code that expired unused', async () => {
    await using verifier = await openTestVerifier(engine);
    const seen = verifier.code();
    verifier.now += 3 * PERIOD_MS;
    expect(await verifier.verify(seen)).toBe('code_wrong');
    verifier.now -= 3 * PERIOD_MS;
    expect(await verifier.verify(seen)).toBe('clock_behind');
  });

  it('is noticed across a restart', async () => {
    await using verifier = await openTestVerifier(engine);
    verifier.now = START + HOUR_MS;
    await verifier.opened.services.clockGuard.sync();
    await verifier.opened.close();
    const { database } = verifier.opened;
    await using again = await openTestServices(engine, { clock: () => START, database });
    const attempt = again.services.verifier.verify(actorIn(again.poolId), 'user', verifier.code());
    await expect(attempt).rejects.toMatchObject({ code: 'clock_behind', parameters: { seconds: 3600 } });
  });

  it('makes no used code good, once it was taken for right', async () => {
    await using verifier = await openTestVerifier(engine);
    const used = [verifier.code(-1), verifier.code()];
    expect(await verifier.verify(used[1] as string)).toBe('accepted');
    verifier.now += HOUR_MS;
    expect(await verifier.verify('000000')).toBe('code_wrong');
    verifier.now = START;
    await verifier.opened.services.clockGuard.reset();
    for (const code of used) expect(await verifier.verify(code)).toBe('code_wrong');
    verifier.now = START - 10 * PERIOD_MS;
    await verifier.opened.services.clockGuard.reset();
    for (const offset of [-1, 0, 1]) expect(await verifier.verify(verifier.code(offset))).toBe('code_wrong');
    expect((await verifier.factor()).failures).toBe(1);
  });
});

describe.each(ENGINES)('clock guard on %s', (engine) => {
  /** Two processes on one database, each with a clock of its own. */
  async function twoGuards() {
    const opened = await openTestStore(engine);
    const clocks = [START, START];
    const guards = clocks.map((_, index) => createClockGuard(opened.store, () => clocks[index] as number));
    const [one, two] = guards as [ReturnType<typeof createClockGuard>, ReturnType<typeof createClockGuard>];
    const set = (index: 0 | 1, time: number) => {
      clocks[index] = time;
    };
    return { one, two, set, store: opened.store, [Symbol.asyncDispose]: () => opened.store.close() };
  }

  it('tells a process what another one has seen, once both have synchronised', async () => {
    await using guards = await twoGuards();
    guards.set(0, START + HOUR_MS);
    guards.one.now();
    expect(guards.two.now()).toBe(START);
    await guards.one.sync();
    await guards.two.sync();
    expectRefused(() => guards.two.now(), 'clock_behind');
    guards.set(1, START + HOUR_MS - 10_000);
    expect(guards.two.now()).toBe(START + HOUR_MS - 10_000);
  });

  it('never lowers what was written down by a synchronisation', async () => {
    await using guards = await twoGuards();
    guards.set(0, START + HOUR_MS);
    await guards.one.sync();
    await guards.two.sync();
    await guards.two.sync();
    expect(await guards.store.read.timeMarks.find('latest')).toBe(START + HOUR_MS);
  });

  it('forgets nothing of what it saw while the database was away', async () => {
    await using guards = await twoGuards();
    let isAway = false;
    const { store } = guards;
    const transaction: typeof store.transaction = (work, lane) =>
      isAway ? Promise.reject(new Error('away')) : store.transaction(work, lane);
    let time = START;
    const guard = createClockGuard({ ...store, transaction }, () => time);
    await guard.sync();
    isAway = true;
    time = START + HOUR_MS;
    guard.now();
    await expect(guard.sync()).rejects.toThrow('away');
    isAway = false;
    time = START;
    await guard.sync();
    expectRefused(() => guard.now(), 'clock_behind');
    expect(await store.read.timeMarks.find('latest')).toBe(START + HOUR_MS);
  });

  it('takes the present time for right in every process after a reset in one', async () => {
    await using guards = await twoGuards();
    for (const index of [0, 1] as const) guards.set(index, START + HOUR_MS);
    await guards.one.sync();
    await guards.two.sync();
    for (const index of [0, 1] as const) guards.set(index, START);
    for (const guard of [guards.one, guards.two]) expectRefused(() => guard.now(), 'clock_behind');
    await guards.one.reset();
    expect(guards.one.now()).toBe(START);
    await guards.two.sync();
    expect(guards.two.now()).toBe(START);
  });

  it('is not made to refuse again, after a reset, by what another process saw before it', async () => {
    await using guards = await twoGuards();
    for (const index of [0, 1] as const) guards.set(index, START + HOUR_MS);
    await guards.one.sync();
    await guards.two.sync();
    // Seen, and not yet written down when the clock is mended and the operator says so.
    guards.set(1, START + HOUR_MS + 4_000);
    guards.two.now();
    for (const index of [0, 1] as const) guards.set(index, START);
    await guards.one.reset();
    await guards.two.sync();
    await guards.two.sync();
    await guards.one.sync();
    for (const guard of [guards.one, guards.two]) expect(guard.now()).toBe(START);
  });

  it('notices the next step back after a reset', async () => {
    await using guards = await twoGuards();
    guards.set(0, START + HOUR_MS);
    guards.one.now();
    guards.set(0, START);
    await guards.one.reset();
    guards.set(0, START + 60_000);
    guards.one.now();
    guards.set(0, START);
    expectRefused(() => guards.one.now(), 'clock_behind');
    await guards.one.sync();
    expectRefused(() => guards.one.now(), 'clock_behind');
  });
});
