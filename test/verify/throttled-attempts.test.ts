import { describe, expect, it } from 'vitest';
import { actorIn, openTestServices, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { openTestVerifier, type TestVerifier, USER, wrongCode } from './open-verifier.ts';

/** Four wrong codes: the last of them leaves a delay of a second. */
async function throttle(verifier: TestVerifier): Promise<void> {
  for (let failure = 0; failure < 4; failure++) expect(await verifier.verify(wrongCode(verifier))).toBe('code_wrong');
}

async function lock(verifier: TestVerifier): Promise<void> {
  const sql = 'update factor set failures = 99, throttled_until = 0';
  await runSql(verifier.opened.database, sql);
  expect(await verifier.verify(wrongCode(verifier))).toBe('code_wrong');
}

describe.each(ENGINES)('while throttled on %s', (engine) => {
  it('an attempt writes nothing to the factor and delays nothing', async () => {
    await using verifier = await openTestVerifier(engine);
    await throttle(verifier);
    const before = await verifier.factor();
    verifier.now += 999;
    for (const code of [verifier.code(), wrongCode(verifier), '', 'x'.repeat(128)]) {
      expect(await verifier.verify(code)).toBe('verification_throttled');
      expect(await verifier.confirm(code)).toBe('verification_throttled');
      expect(await verifier.resync(code, verifier.code(1))).toBe('verification_throttled');
    }
    expect(await verifier.factor()).toEqual(before);
    verifier.now += 1;
    expect(await verifier.verify(verifier.code())).toBe('accepted');
  });

  it('no code is computed and no seed opened: that the seal is broken is not even noticed', async () => {
    await using verifier = await openTestVerifier(engine);
    await verifier.import(961, { recoveryCodes: [plantedCode(961)] });
    const code = verifier.code(0, 961);
    await throttle(verifier);
    const { database, services, poolId } = verifier.opened;
    await runSql(database, 'update factor set digits = 8');
    await runSql(database, `update recovery_code set sealed_digest = $1`, [Buffer.from('broken')]);
    for (const given of [code, plantedCode(961), '12345678']) {
      expect(await verifier.verify(given)).toBe('verification_throttled');
    }
    verifier.now += 1_000;
    const attempt = services.verifier.verify(actorIn(poolId), USER, '12345678');
    await expect(attempt).rejects.toMatchObject({ code: 'seal_broken' });
  });

  it('the answer is the same for a right, a wrong, a used and a recovery code', async () => {
    await using verifier = await openTestVerifier(engine);
    await verifier.import(961, { recoveryCodes: [plantedCode(962)] });
    const used = verifier.code(0, 961);
    expect(await verifier.verify(used)).toBe('accepted');
    await throttle(verifier);
    const { services, poolId } = verifier.opened;
    const codes = [verifier.code(1, 961), '000000', used, plantedCode(962), plantedCode(963)];
    const answers = codes.map((code) => services.verifier.verify(actorIn(poolId), USER, code).catch((error) => error));
    const seen = (await Promise.all(answers)).map(({ code, parameters, retryAfterSeconds, data }) =>
      JSON.stringify({ code, parameters, retryAfterSeconds, data }),
    );
    expect(new Set(seen)).toEqual(
      new Set([JSON.stringify({ code: 'verification_throttled', parameters: { seconds: 1 }, retryAfterSeconds: 1 })]),
    );
  });

  it('the audit log says that it was, and nothing about the code', async () => {
    await using verifier = await openTestVerifier(engine);
    await throttle(verifier);
    for (const code of [verifier.code(), wrongCode(verifier)]) await verifier.verify(code);
    const { services, poolId } = verifier.opened;
    await services.audit.flush();
    const events = (await services.store.read.audit.list(poolId, 100)).filter(({ detail }) =>
      detail.includes('throttled'),
    );
    const { factor_id: factorId } = await verifier.factor();
    expect(events.map(({ action, result, user_id }) => [action, result, user_id])).toEqual([
      ['otp.verify', 'refused', USER],
      ['otp.verify', 'refused', USER],
    ]);
    for (const { detail } of events) expect(JSON.parse(detail)).toEqual({ outcome: 'throttled', factorId });
  });
});

describe.each(ENGINES)('a locked factor on %s', (engine) => {
  it('stays locked over a restart and for a thousand years, and lets nothing in', async () => {
    await using verifier = await openTestVerifier(engine);
    await verifier.import(961, { recoveryCodes: [plantedCode(964)] });
    await lock(verifier);
    await verifier.opened.close();
    const { database } = verifier.opened;
    verifier.now += 1_000 * 31_557_600_000;
    await using again = await openTestServices(engine, { clock: () => verifier.now, database });
    const { verifier: later } = again.services;
    const actor = actorIn(again.poolId);
    const attempts = [
      () => later.verify(actor, USER, verifier.code(0, 961)),
      () => later.verify(actor, USER, plantedCode(964)),
      () => later.confirm(actor, USER, verifier.code(0, 961)),
      () => later.resync(actor, USER, [verifier.code(0, 961), verifier.code(1, 961)]),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ code: 'factor_locked', parameters: { failures: 100 } });
    }
  });

  it('is unlocked by an administrator, counts from zero again, and has used up what it had', async () => {
    await using verifier = await openTestVerifier(engine);
    const used = verifier.code();
    expect(await verifier.verify(used)).toBe('accepted');
    await lock(verifier);
    const { services, poolId } = verifier.opened;
    expect(await services.factors.find(poolId, USER)).toMatchObject({ status: 'locked', throttledUntil: null });
    await services.factors.unlock(actorIn(poolId), USER);
    expect(await services.factors.find(poolId, USER)).toMatchObject({ status: 'active', failures: 0 });
    expect(await verifier.verify(used)).toBe('code_wrong');
    expect(await verifier.verify(verifier.code(1))).toBe('accepted');
  });

  it('stays locked where the same seed is imported again, however written', async () => {
    await using verifier = await openTestVerifier(engine);
    await lock(verifier);
    const secret = `${plantedSeed(960).toLowerCase()}`;
    await verifier.import(960, { secret, recoveryCodes: [plantedCode(965)] });
    for (const code of [verifier.code(), plantedCode(965)]) expect(await verifier.verify(code)).toBe('factor_locked');
  });

  it('mending the parameters of the same seed by an import forgives no guess; another seed begins anew', async () => {
    await using verifier = await openTestVerifier(engine);
    await throttle(verifier);
    const { failures, throttled_until } = await verifier.factor();
    await verifier.import(960, { digits: 8 });
    expect(await verifier.factor()).toMatchObject({ digits: 8, failures, throttled_until });
    await verifier.import(961);
    expect(await verifier.factor()).toMatchObject({ failures: 0, throttled_until: 0 });
  });
});
