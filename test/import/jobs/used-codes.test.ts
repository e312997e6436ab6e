import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImportJob } from '../../../src/import/jobs/job.ts';
import { DEFAULT_PARAMETERS } from '../../../src/otp/parameters.ts';
import { runSql } from '../../store/open-services.ts';
import { ENGINES } from '../../support/engines.ts';
import { plantedSeed } from '../../support/planted.ts';
import { HOTP, openTestVerifier, PERIOD_MS, type TestVerifier, USER } from '../../verify/open-verifier.ts';
import { importFile, lines, undo } from './running.ts';

const SEEDS = [960, 961];
const step = fc.oneof(
  fc.record({ kind: fc.constant('import' as const), seed: fc.constantFrom(...SEEDS), digits: fc.constantFrom(6, 8) }),
  fc.record({ kind: fc.constant('undo' as const) }),
  fc.record({ kind: fc.constant('verify' as const), ahead: fc.nat(2) }),
  fc.record({ kind: fc.constant('replay' as const) }),
  fc.record({ kind: fc.constant('wait' as const) }),
);
const kinds = ENGINES.flatMap((engine) => [
  [engine, 'totp', DEFAULT_PARAMETERS] as const,
  [engine, 'hotp', HOTP] as const,
]);

describe.each(kinds)('codes between imports and undoings: %s, %s', (engine, type, parameters) => {
  it('are accepted once, in whatever order jobs are run, used and undone', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async (steps) => {
      await using verifier = await openTestVerifier(engine, {}, parameters);
      const used = new Map<string, string>();
      const jobs: ImportJob[] = [];
      for (const each of steps) {
        if (each.kind === 'wait') verifier.now += PERIOD_MS;
        else if (each.kind === 'import') {
          const otp = { secret: plantedSeed(each.seed), digits: each.digits };
          const item = { userId: USER, otp: type === 'hotp' ? { ...otp, type, counter: 0 } : otp };
          jobs.push(await importFile(verifier.opened, lines([item])));
        } else if (each.kind === 'undo') {
          const job = jobs.pop();
          if (job?.undoableUntil !== undefined) await undo(verifier.opened, job.jobId);
        } else if (each.kind === 'verify') {
          for (const seed of SEEDS) await verifyOnce(verifier, used, type, seed, each.ahead);
        } else await replayAll(verifier, used);
      }
      await replayAll(verifier, used);
    });
    await fc.assert(property, { numRuns: 5 });
  }, 120_000);
});

/** Six digits only: a factor of eight has none of these codes. */
async function verifyOnce(
  verifier: TestVerifier,
  used: Map<string, string>,
  type: 'totp' | 'hotp',
  seed: number,
  ahead: number,
): Promise<void> {
  const place = type === 'hotp' ? ahead + used.size : Math.floor(verifier.now / PERIOD_MS);
  const code = type === 'hotp' ? verifier.code(place, seed) : verifier.code(0, seed);
  const outcome = await verifyFresh(verifier, code);
  if (outcome !== 'accepted') return;
  const key = `${seed} ${place}`;
  expect(used.has(key), key).toBe(false);
  used.set(key, code);
}

async function replayAll(verifier: TestVerifier, used: ReadonlyMap<string, string>): Promise<void> {
  for (const [key, code] of used) expect(await verifyFresh(verifier, code), key).not.toBe('accepted');
}

/** Without what earlier wrong guesses would delay. */
async function verifyFresh(verifier: TestVerifier, code: string) {
  await runSql(verifier.opened.database, 'update factor set failures = 0, throttled_until = 0');
  return verifier.verify(code);
}
