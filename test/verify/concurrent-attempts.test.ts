import { describe, expect, it } from 'vitest';
import { actorIn, openTestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { openTestVerifier, PERIOD_MS, type TestVerifier, wrongCode } from './open-verifier.ts';

function tally(outcomes: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(outcomes, (outcome) => outcome)].map(([name, list]) => [name, list.length]),
  );
}

const attempts = (verifier: TestVerifier, count: number, code: (index: number) => string) =>
  Promise.all(Array.from({ length: count }, (_, index) => verifier.verify(code(index)))).then(tally);

describe.each(ENGINES)('simultaneous attempts on %s', (engine) => {
  it('with one right code: exactly one of 200 is accepted', async () => {
    await using verifier = await openTestVerifier(engine);
    const code = verifier.code();
    expect(await attempts(verifier, 200, () => code)).toEqual({ accepted: 1, code_wrong: 199 });
    expect(await verifier.factor()).toMatchObject({ failures: 0 });
  });

  it('with one right code, at two servers: exactly one is accepted', async () => {
    await using verifier = await openTestVerifier(engine);
    const clock = () => verifier.now;
    await using other = await openTestServices(engine, { clock, database: verifier.opened.database });
    const code = verifier.code();
    const elsewhere = () =>
      other.services.verifier.verify(actorIn(other.poolId), 'user', code).then(
        () => 'accepted',
        () => 'refused',
      );
    const outcomes = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? verifier.verify(code) : elsewhere()));
    expect(tally(await Promise.all(outcomes)).accepted).toBe(1);
  });

  it('with the codes of three steps: each is accepted at most once, and never backwards', async () => {
    await using verifier = await openTestVerifier(engine);
    const codes = [-1, 0, 1].map((offset) => verifier.code(offset));
    const outcome = await attempts(verifier, 90, (index) => codes[index % 3] as string);
    expect(outcome.accepted).toBeGreaterThanOrEqual(1);
    expect(outcome.accepted).toBeLessThanOrEqual(3);
    for (const code of codes) expect(await verifier.verify(code)).not.toBe('accepted');
  });

  it('with wrong codes: as many are looked at as one after the other, and no more', async () => {
    await using verifier = await openTestVerifier(engine);
    const wrong = wrongCode(verifier);
    expect(await attempts(verifier, 100, () => wrong)).toEqual({ code_wrong: 4, verification_throttled: 96 });
    expect(await verifier.factor()).toMatchObject({ failures: 4, throttled_until: verifier.now + 1000 });
    verifier.now += 1000;
    expect(await attempts(verifier, 100, () => wrong)).toEqual({ code_wrong: 1, verification_throttled: 99 });
  });

  it('with wrong codes and a right one among them: the right one is accepted once or met by the throttle', async () => {
    await using verifier = await openTestVerifier(engine);
    const [wrong, right] = [wrongCode(verifier), verifier.code()];
    const outcomes = await attempts(verifier, 100, (index) => (index % 10 === 5 ? right : wrong));
    expect(outcomes.accepted ?? 0).toBeLessThanOrEqual(1);
    const { failures } = await verifier.factor();
    expect(failures).toBeLessThanOrEqual(4);
  });

  it('beside imports of the same seed: no code is accepted twice', async () => {
    await using verifier = await openTestVerifier(engine);
    for (let round = 0; round < 5; round++) {
      const code = verifier.code();
      const [outcomes] = await Promise.all([
        attempts(verifier, 20, () => code),
        ...Array.from({ length: 5 }, () => verifier.import()),
      ]);
      expect(outcomes.accepted).toBe(1);
      verifier.now += 2 * PERIOD_MS;
    }
  });

  it('beside imports of another seed and back: no code is accepted twice', async () => {
    await using verifier = await openTestVerifier(engine);
    for (let round = 0; round < 5; round++) {
      const code = verifier.code();
      const swap = async () => {
        await verifier.import(963);
        await verifier.import();
      };
      const [outcomes] = await Promise.all([attempts(verifier, 20, () => code), swap(), swap()]);
      const later = await verifier.verify(code);
      expect((outcomes.accepted ?? 0) + (later === 'accepted' ? 1 : 0)).toBeLessThanOrEqual(1);
      await verifier.import();
      verifier.now += 1_000_000;
    }
  });
});
