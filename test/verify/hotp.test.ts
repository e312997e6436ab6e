import { describe, expect, it } from 'vitest';
import { MAXIMUM_COUNTER } from '../../src/otp/parameters.ts';
import { ENGINES } from '../support/engines.ts';
import { HOTP, openTestVerifier, PERIOD_MS, wrongCode } from './open-verifier.ts';

const item = (counter: number, digits = 6) => ({ type: 'hotp', algorithm: 'SHA1', digits, counter });

describe.each(ENGINES)('a HOTP token on %s', (engine) => {
  it.each([0, 1, 10])('is taken up to the look-ahead of %i, and no further', async (lookAhead) => {
    const settings = { FACTORPORT_HOTP_LOOK_AHEAD: String(lookAhead) };
    await using verifier = await openTestVerifier(engine, settings, HOTP);
    expect(await verifier.verify(verifier.code(lookAhead + 1))).toBe('code_wrong');
    expect(await verifier.verify(verifier.code(lookAhead))).toBe('accepted');
    expect(await verifier.factor()).toMatchObject({ counter: lookAhead + 1, failures: 0, last_step: -1 });
  });

  it('has each code accepted once: the one just used is no guess, an older one is', async () => {
    await using verifier = await openTestVerifier(engine, {}, HOTP);
    for (const counter of [0, 1, 5]) {
      const code = verifier.code(counter);
      expect(await verifier.verify(code)).toBe('accepted');
      for (let again = 0; again < 6; again++) expect(await verifier.verify(code)).toBe('code_wrong');
      expect((await verifier.factor()).failures).toBe(0);
    }
    expect(await verifier.verify(verifier.code(4))).toBe('code_wrong');
    expect((await verifier.factor()).failures).toBe(1);
  });

  it('is brought back by two codes that are up to 1000 ahead, and both are used up', async () => {
    await using verifier = await openTestVerifier(engine, {}, HOTP);
    expect(await verifier.verify(verifier.code(600))).toBe('code_wrong');
    expect(await verifier.resync(verifier.code(600), verifier.code(601))).toBe('accepted');
    expect(await verifier.factor()).toMatchObject({ counter: 602, failures: 0 });
    for (const counter of [600, 601]) expect(await verifier.verify(verifier.code(counter))).toBe('code_wrong');
    expect(await verifier.resync(verifier.code(600), verifier.code(601))).toBe('code_wrong');
    expect(await verifier.verify(verifier.code(602))).toBe('accepted');
    expect(await verifier.resync(verifier.code(1604), verifier.code(1605))).toBe('code_wrong');
    expect(await verifier.resync(verifier.code(1603), verifier.code(1604))).toBe('accepted');
  });

  it('of 50 simultaneous attempts with one code lets exactly one in', async () => {
    await using verifier = await openTestVerifier(engine, {}, HOTP);
    const code = verifier.code(3);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => verifier.verify(code)));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
    expect(await verifier.factor()).toMatchObject({ counter: 4, failures: 0 });
  });

  it('is moved forward by an import with a higher counter, and never back by one with a lower', async () => {
    await using verifier = await openTestVerifier(engine, {}, HOTP);
    const { factor_id } = await verifier.factor();
    const code = verifier.code(7);
    expect(await verifier.verify(code)).toBe('accepted');
    for (const counter of [0, 7, 8]) {
      expect(await verifier.import(960, item(counter))).toMatchObject({ unchanged: 1, replaced: 0 });
      expect(await verifier.factor()).toMatchObject({ factor_id, counter: 8 });
      expect(await verifier.verify(code)).toBe('code_wrong');
    }
    expect(await verifier.import(960, item(500))).toMatchObject({ unchanged: 1 });
    expect(await verifier.factor()).toMatchObject({ factor_id, counter: 500 });
    expect(await verifier.verify(verifier.code(8))).toBe('code_wrong');
    expect(await verifier.verify(verifier.code(500))).toBe('accepted');
  });

  it('is kept and looked ahead of exactly at the highest counter that may be imported', async () => {
    await using verifier = await openTestVerifier(engine, {}, HOTP);
    await verifier.import(960, item(MAXIMUM_COUNTER));
    expect((await verifier.factor()).counter).toBe(MAXIMUM_COUNTER);
    expect(await verifier.verify(verifier.code(MAXIMUM_COUNTER + 10))).toBe('accepted');
    const [first, second] = [verifier.code(MAXIMUM_COUNTER + 1_010), verifier.code(MAXIMUM_COUNTER + 1_011)];
    expect(await verifier.resync(first, second)).toBe('accepted');
    expect((await verifier.factor()).counter).toBe(MAXIMUM_COUNTER + 1_012);
  });

  it('does not go back either where the same seed comes with other parameters, and then with its own', async () => {
    await using verifier = await openTestVerifier(engine, {}, HOTP);
    expect(await verifier.verify(verifier.code(9))).toBe('accepted');
    expect(await verifier.import(960, item(0, 8))).toMatchObject({ replaced: 1 });
    expect(await verifier.factor()).toMatchObject({ digits: 8, counter: 10 });
    expect(await verifier.import(960, item(4))).toMatchObject({ replaced: 1 });
    expect(await verifier.factor()).toMatchObject({ digits: 6, counter: 10 });
  });
});

describe.each(ENGINES)('resynchronising a TOTP on %s', (engine) => {
  it('learns the drift, uses both codes up, and lets the next one in', async () => {
    await using verifier = await openTestVerifier(engine);
    const codes = [verifier.code(-61), verifier.code(-60)] as const;
    expect(await verifier.verify(codes[1])).toBe('code_wrong');
    expect(await verifier.resync(...codes)).toBe('accepted');
    expect(await verifier.factor()).toMatchObject({ drift_steps: -60, failures: 0 });
    expect(await verifier.resync(...codes)).toBe('code_wrong');
    for (const code of codes) expect(await verifier.verify(code)).toBe('code_wrong');
    verifier.now += PERIOD_MS;
    expect(await verifier.verify(verifier.code(-60))).toBe('accepted');
  });

  it('counts wrong codes, and those in the wrong order, as a wrong code; used ones not', async () => {
    await using verifier = await openTestVerifier(engine);
    expect(await verifier.resync(verifier.code(0), verifier.code(1))).toBe('accepted');
    expect(await verifier.resync(verifier.code(0), verifier.code(1))).toBe('code_wrong');
    expect((await verifier.factor()).failures).toBe(0);
    const wrong = wrongCode(verifier);
    expect(await verifier.resync(verifier.code(6), verifier.code(5))).toBe('code_wrong');
    expect(await verifier.resync(wrong, wrong)).toBe('code_wrong');
    expect(await verifier.resync('', 'abcdef')).toBe('code_wrong');
    expect(await verifier.resync(verifier.code(5), wrong)).toBe('code_wrong');
    expect(await verifier.factor()).toMatchObject({ failures: 4, throttled_until: verifier.now + 1000 });
    expect(await verifier.resync(verifier.code(5), verifier.code(6))).toBe('verification_throttled');
  });

  it('takes no recovery code, neither as a code nor to confirm', async () => {
    await using verifier = await openTestVerifier(engine);
    const { services, poolId } = verifier.opened;
    const actor = { poolId, id: 'test', address: '', requestId: 'test' };
    const [code = ''] = await services.factors.issueRecoveryCodes(actor, 'user', 1);
    expect(await verifier.confirm(code)).toBe('code_wrong');
    expect(await verifier.resync(code, code)).toBe('code_wrong');
    expect(await verifier.codesLeft()).toBe(1);
    expect(await verifier.confirm(verifier.code())).toBe('accepted');
    expect(await verifier.confirm(verifier.code())).toBe('code_wrong');
  });
});
