import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startBackground } from '../src/background.ts';

/** Waits until something holds, however long the machine takes. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(2);
}

const ignore = () => undefined;

describe('work in the background', () => {
  it('is never at one task twice at a time, and comes again and again', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const run = async () => {
      running++;
      most = Math.max(most, running);
      await setTimeout(10);
      running--;
      runs++;
    };
    const background = startBackground([{ everyMs: 1, run }], ignore);
    await until(() => runs >= 5);
    await background.stop();
    expect({ most, running }).toEqual({ most: 1, running: 0 });
  });

  it('goes on beside a task that takes for ever', async () => {
    let runs = 0;
    const slow = {
      everyMs: 1,
      run: (signal: AbortSignal) => new Promise((done) => signal.addEventListener('abort', done)),
    };
    const quick = { everyMs: 1, run: async () => void runs++ };
    const background = startBackground([slow, quick], ignore);
    await until(() => runs >= 3);
    await background.stop();
  });

  it('tells what fails, and tries it again', async () => {
    const told: unknown[] = [];
    let runs = 0;
    const rejecting = async () => {
      runs++;
      throw new Error(`failure ${runs}`);
    };
    const throwing = () => {
      throw new Error('at once');
    };
    const tasks = [
      { everyMs: 1, run: rejecting },
      { everyMs: 1, run: throwing },
    ];
    const background = startBackground(tasks, (error) => told.push((error as Error).message));
    await until(() => runs >= 3 && told.filter((message) => message === 'at once').length >= 2);
    await background.stop();
    expect(told).toEqual(expect.arrayContaining(['failure 1', 'failure 2', 'failure 3', 'at once']));
  });

  it('stops after the piece that it is at, waits for it, and begins no other', async () => {
    const steps: string[] = [];
    const run = async (signal: AbortSignal) => {
      steps.push('begun');
      while (!signal.aborted) await setTimeout(1);
      await setTimeout(20);
      steps.push('ended');
    };
    const background = startBackground([{ everyMs: 0, run }], ignore);
    await until(() => steps.length === 1);
    await background.stop();
    expect(steps).toEqual(['begun', 'ended']);
    await setTimeout(20);
    expect(steps).toEqual(['begun', 'ended']);
  });

  it('tells of no failure that stopping itself has caused', async () => {
    const told: unknown[] = [];
    let begun = false;
    const run = async (signal: AbortSignal) => {
      begun = true;
      await setTimeout(1e6, undefined, { signal });
    };
    const background = startBackground([{ everyMs: 1, run }], (error) => told.push(error));
    await until(() => begun);
    await background.stop();
    expect(told).toEqual([]);
  });

  it('stops at once while it waits, before the first run and between two', async () => {
    let runs = 0;
    const tasks = [{ everyMs: 1e9, run: async () => void runs++ }];
    await startBackground(tasks, ignore).stop();
    expect(runs).toBe(0);
    const background = startBackground(tasks, ignore);
    await until(() => runs === 1);
    await background.stop();
    expect(runs).toBe(1);
  });
});
