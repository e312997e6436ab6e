import fc from 'fast-check';
import { describe, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { commands } from './model/commands.ts';
import { FIRST_SEED, IMPORTED_CODES, newModel } from './model/model.ts';
import { openRealService } from './model/real-service.ts';

const START = Date.parse('2026-11-22T15:13:00Z');

describe.each(ENGINES)('verification on %s', (engine) => {
  it('does what a plain model does in any sequence: no code twice, none after 100 failures, nothing reset by re-import', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        await using real = await openRealService(engine, START);
        await real.import(plantedSeed(FIRST_SEED), IMPORTED_CODES);
        await fc.asyncModelRun(() => ({ model: newModel(START), real }), sequence);
      }),
      { numRuns: engine === 'sqlite' ? 250 : 50 },
    );
  }, 300_000);
});
