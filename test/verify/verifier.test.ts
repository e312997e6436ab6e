import { describe, expect, it } from 'vitest';
import { actorIn, openTestServices, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { openTestVerifier, PERIOD_MS, START, wrongCode } from './open-verifier.ts';

describe.each(ENGINES)('verifier on %s', (engine) => {
  it.each([0, 1, 2])('accepts codes up to %i steps away and none further', async (window) => {
    const settings = { FACTORPORT_VERIFY_WINDOW_STEPS: String(window) };
    await using verifier = await openTestVerifier(engine, settings);
    for (const offset of [-3, -2, -1, 0, 1, 2, 3]) {
      await verifier.reset();
      const expected = Math.abs(offset) <= window ? 'accepted' : 'code_wrong';
      expect(await verifier.verify(verifier.code(offset)), String(offset)).toBe(expected);
    }
  });

  it('accepts a code to the last millisecond of the step after its own, and not one longer', async () => {
    await using verifier = await openTestVerifier(engine);
    const code = verifier.code();
    verifier.now = START + 2 * PERIOD_MS;
    expect(await verifier.verify(code)).toBe('code_wrong');
    await verifier.reset();
    verifier.now -= 1;
    expect(await verifier.verify(code)).toBe('accepted');
  });

  it('accepts no code twice, and none older than the last one', async () => {
    await using verifier = await openTestVerifier(engine);
    const [older, code] = [verifier.code(-1), verifier.code()];
    expect(await verifier.verify(code)).toBe('accepted');
    for (const used of [code, code, older]) expect(await verifier.verify(used)).toBe('code_wrong');
    verifier.now += PERIOD_MS;
    expect(await verifier.verify(code)).toBe('code_wrong');
    expect(await verifier.verify(verifier.code())).toBe('accepted');
  });

  it('accepts no code again after the same seed was imported once more', async () => {
    await using verifier = await openTestVerifier(engine);
    const code = verifier.code();
    expect(await verifier.verify(code)).toBe('accepted');
    await verifier.import();
    expect(await verifier.verify(code)).toBe('code_wrong');
  });

  it('accepts no code again after another seed was imported and then the first one again', async () => {
    await using verifier = await openTestVerifier(engine);
    for (const between of [{}, { period: 60 }, { digits: 8, algorithm: 'SHA512' }, { period: 7 }]) {
      const [older, code] = [verifier.code(-1), verifier.code()];
      expect(await verifier.verify(code)).toBe('accepted');
      await verifier.import(961, between);
      await verifier.import();
      for (const used of [code, older]) expect(await verifier.verify(used)).toBe('code_wrong');
      verifier.now += 3 * PERIOD_MS;
      expect(await verifier.verify(verifier.code())).toBe('accepted');
      verifier.now += 3 * PERIOD_MS;
    }
  });

  it('learns how far a clock is off, one window at a time, up to ten steps', async () => {
    for (const direction of [1, -1]) {
      await using verifier = await openTestVerifier(engine);
      for (let drift = 1; drift <= 10; drift++) {
        verifier.now += 2 * PERIOD_MS;
        expect(await verifier.verify(verifier.code(drift * direction)), `${drift * direction}`).toBe('accepted');
        expect((await verifier.factor()).drift_steps).toBe(drift * direction);
      }
      verifier.now += 5 * PERIOD_MS;
      expect(await verifier.verify(verifier.code(12 * direction))).toBe('code_wrong');
      expect(await verifier.verify(verifier.code(11 * direction))).toBe('accepted');
      expect((await verifier.factor()).drift_steps).toBe(10 * direction);
      verifier.now += 20 * PERIOD_MS;
      expect(await verifier.verify(verifier.code(8 * direction))).toBe('code_wrong');
    }
  });

  it('learns nothing from a code it refuses', async () => {
    await using verifier = await openTestVerifier(engine);
    expect(await verifier.verify(verifier.code(2))).toBe('code_wrong');
    expect(await verifier.factor()).toMatchObject({ drift_steps: 0, last_step: -1 });
  });

  it('delays the next attempt by the schedule, and looks at none before', async () => {
    await using verifier = await openTestVerifier(engine);
    for (const delaySeconds of [0, 0, 0, 1, 2, 4, 8, 16]) {
      expect(await verifier.verify(wrongCode(verifier))).toBe('code_wrong');
      const { failures } = await verifier.factor();
      if (delaySeconds === 0) continue;
      verifier.now += delaySeconds * 1000 - 1;
      for (const code of [verifier.code(), wrongCode(verifier)]) {
        expect(await verifier.verify(code)).toBe('verification_throttled');
      }
      expect(await verifier.factor()).toMatchObject({ failures, last_step: -1 });
      verifier.now += 1;
    }
    expect(await verifier.verify(verifier.code())).toBe('accepted');
    expect(await verifier.factor()).toMatchObject({ failures: 0, throttled_until: 0 });
  });

  it('keeps the count of failures when the services are opened again', async () => {
    await using verifier = await openTestVerifier(engine);
    for (let failure = 0; failure < 4; failure++) await verifier.verify(wrongCode(verifier));
    await using again = await openTestServices(engine, {
      clock: () => verifier.now,
      database: verifier.opened.database,
    });
    const attempt = again.services.verifier.verify(actorIn(again.poolId), 'user', verifier.code());
    await expect(attempt).rejects.toMatchObject({ code: 'verification_throttled', retryAfterSeconds: 1 });
  });

  it('locks after 100 wrong codes in a row, whatever the time, until another seed is imported', async () => {
    await using verifier = await openTestVerifier(engine);
    let attempts = 0;
    for (; attempts < 150 && (await verifier.factor()).failures < 100; attempts++) {
      expect(await verifier.verify(wrongCode(verifier))).toBe('code_wrong');
      verifier.now += 900_000;
    }
    expect(attempts).toBe(100);
    for (const years of [0, 1, 1_000]) {
      verifier.now += years * 31_557_600_000;
      expect(await verifier.verify(verifier.code())).toBe('factor_locked');
    }
    await verifier.import();
    expect(await verifier.verify(verifier.code())).toBe('factor_locked');
    await verifier.import(962);
    expect(await verifier.verify(verifier.code(0, 962))).toBe('accepted');
  });

  it('counts what can be no code as a wrong one, and a used code as none', async () => {
    await using verifier = await openTestVerifier(engine);
    for (const text of ['', '12345', 'abcdef']) expect(await verifier.verify(text)).toBe('code_wrong');
    expect((await verifier.factor()).failures).toBe(3);
    const code = verifier.code();
    expect(await verifier.verify(code)).toBe('accepted');
    for (let attempt = 0; attempt < 5; attempt++) expect(await verifier.verify(code)).toBe('code_wrong');
    expect((await verifier.factor()).failures).toBe(0);
  });

  it('takes a code with the spaces and hyphens that people type', async () => {
    await using verifier = await openTestVerifier(engine);
    const code = verifier.code();
    expect(await verifier.verify(` ${code.slice(0, 3)} ${code.slice(3)} `)).toBe('accepted');
  });

  it('says of every attempt in the audit log how it came out, and never the code', async () => {
    await using verifier = await openTestVerifier(engine);
    const { opened } = verifier;
    const [wrong, right] = [wrongCode(verifier), verifier.code()];
    for (const code of [wrong, right, right]) await verifier.verify(code);
    const events = await runSql(
      opened.database,
      `select * from audit_event where action = 'otp.verify' order by sequence`,
    );
    expect(events.map(({ detail, result }) => [JSON.parse(String(detail)).outcome, result])).toEqual([
      ['wrong', 'refused'],
      ['accepted', 'ok'],
      ['replayed', 'refused'],
    ]);
    for (const event of events) for (const code of [wrong, right]) expect(String(event.detail)).not.toContain(code);
  });

  it('refuses a row that was copied to another user', async () => {
    await using verifier = await openTestVerifier(engine);
    const { database, services, poolId } = verifier.opened;
    await runSql(database, `update factor set user_id = 'thief'`);
    const attempt = services.verifier.verify(actorIn(poolId), 'thief', verifier.code());
    await expect(attempt).rejects.toMatchObject({ code: 'seal_broken' });
    await expect(services.verifier.verify(actorIn(poolId), 'user', verifier.code())).rejects.toMatchObject({
      code: 'factor_not_found',
    });
  });

  it('knows no factor of another pool', async () => {
    await using verifier = await openTestVerifier(engine);
    const attempt = verifier.opened.services.verifier.verify(actorIn('other'), 'user', verifier.code());
    await expect(attempt).rejects.toMatchObject({ code: 'factor_not_found' });
  });
});
