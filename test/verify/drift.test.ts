import { describe, expect, it } from 'vitest';
import { runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { openTestVerifier, PERIOD_MS } from './open-verifier.ts';

const DAY_MS = 86_400_000;

describe.each(ENGINES)('learnt drift on %s', (engine) => {
  it('does not lock a user out whose clock, or ours, is right again', async () => {
    await using verifier = await openTestVerifier(engine);
    await verifier.import();
    for (const lateness of [-1, -2, -3]) {
      verifier.now += 10 * PERIOD_MS;
      expect(await verifier.verify(verifier.code(lateness))).toBe('accepted');
    }
    expect((await verifier.factor()).drift_steps).toBe(-3);
    verifier.now += DAY_MS;
    expect(await verifier.verify(verifier.code(0))).toBe('accepted');
    expect((await verifier.factor()).drift_steps).toBe(0);
  });

  it('is never more than a resynchronisation may learn, whatever stands in the row', async () => {
    await using verifier = await openTestVerifier(engine);
    await verifier.import();
    await runSql(verifier.opened.database, 'update factor set drift_steps = -100000');
    expect(await verifier.verify(verifier.code(-100_000))).toBe('code_wrong');
    expect(await verifier.verify(verifier.code(-130))).toBe('code_wrong');
    expect(await verifier.verify(verifier.code(-120))).toBe('accepted');
  });
});
