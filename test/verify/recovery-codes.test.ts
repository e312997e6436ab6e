import { describe, expect, it } from 'vitest';
import { hardenRecoveryCodes } from '../../src/factors/harden-recovery-codes.ts';
import { importItems } from '../import/importing.ts';
import { actorIn, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plant, plantedCode, plantedSeed } from '../support/planted.ts';
import { openTestVerifier, type TestVerifier, USER, wrongCode } from './open-verifier.ts';

const CODES = [1, 2, 3].map((number) => plantedCode(970 + number));
const [FIRST = '', SECOND = '', THIRD = ''] = CODES;
const FULL_WIDTH = (text: string) =>
  [...text].map((character) => String.fromCodePoint((character.codePointAt(0) as number) + 0xfee0)).join('');

const withCodes = async (verifier: TestVerifier, recoveryCodes: readonly string[] = CODES) => {
  await verifier.import(960, { recoveryCodes });
  return verifier;
};

const harden = ({ opened: { services } }: TestVerifier) =>
  hardenRecoveryCodes(services.store, services.vault, new AbortController().signal);

describe.each(ENGINES)('a recovery code on %s', (engine) => {
  describe.each(['without', 'with'])('%s its Argon2id layer', (layer) => {
    const prepare = async (codes?: readonly string[]) => {
      const verifier = await withCodes(await openTestVerifier(engine), codes);
      if (layer === 'with') expect(await harden(verifier)).toBe(codes?.length ?? CODES.length);
      return verifier;
    };

    it('gives a fresh one, which works once and again gives one; the number of codes stays', async () => {
      await using verifier = await prepare();
      let code = FIRST;
      const seen = new Set([code]);
      for (let round = 0; round < 4; round++) {
        const fresh = await verifier.redeem(code);
        expect(fresh).toMatch(/^[0-9a-f]{4}(-[0-9a-f]{4}){6}$/);
        expect(await verifier.verify(code)).toBe('recovery_code_wrong');
        expect(await verifier.codesLeft()).toBe(3);
        seen.add(fresh);
        code = fresh;
      }
      expect(seen.size).toBe(5);
      for (const other of [SECOND, THIRD]) expect(await verifier.verify(other)).toBe('accepted');
    });

    it('is taken however it is written', async () => {
      const spellings = [
        (code: string) => code.toUpperCase(),
        (code: string) => code.replaceAll('-', ''),
        (code: string) => ` ${code.replaceAll('-', ' ')}\t`,
        (code: string) => code.replaceAll('-', '–'),
        (code: string) => FULL_WIDTH(code),
        (code: string) => FULL_WIDTH(code.toUpperCase()).replaceAll('－', '\u3000'),
      ];
      const codes = spellings.map((_, index) => plantedCode(980 + index));
      await using verifier = await prepare(codes);
      for (const [index, spell] of spellings.entries()) {
        await verifier.redeem(spell(codes[index] as string));
      }
    });

    it('is refused when used, in every spelling, and that is not counted as a guess', async () => {
      await using verifier = await prepare();
      await verifier.redeem(FIRST);
      for (let again = 0; again < 6; again++) {
        for (const spelling of [FIRST, FIRST.toUpperCase(), FULL_WIDTH(FIRST)]) {
          expect(await verifier.verify(spelling)).toBe('recovery_code_wrong');
        }
      }
      expect((await verifier.factor()).failures).toBe(0);
    });

    it('of 20 simultaneous equal ones lets exactly one in, with one fresh code', async () => {
      await using verifier = await prepare();
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(FIRST)));
      expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
      expect(await verifier.codesLeft()).toBe(3);
    });

    it('of several simultaneous different ones lets all in', async () => {
      await using verifier = await prepare();
      expect(await Promise.all(CODES.map((code) => verifier.verify(code)))).toEqual(CODES.map(() => 'accepted'));
      expect(await verifier.codesLeft()).toBe(3);
    });

    it.each([['123456'], ['12345678']])('that looks like a code of the authenticator works: %s', async (code) => {
      await using verifier = await prepare([code, `9${code}`]);
      await verifier.redeem(code);
      expect(await verifier.verify(code)).toBe('recovery_code_wrong');
      expect((await verifier.factor()).failures).toBe(0);
    });
  });

  it('is counted when wrong and shares the throttle with the authenticator', async () => {
    await using verifier = await withCodes(await openTestVerifier(engine));
    for (const wrong of [plantedCode(990), 'abcdef', '12345678']) {
      expect(await verifier.verify(wrong)).toBe('recovery_code_wrong');
    }
    expect((await verifier.factor()).failures).toBe(3);
    expect(await verifier.verify(wrongCode(verifier))).toBe('code_wrong');
    for (const code of [FIRST, verifier.code()]) expect(await verifier.verify(code)).toBe('verification_throttled');
    verifier.now += 1_000;
    await verifier.redeem(FIRST);
    expect(await verifier.factor()).toMatchObject({ failures: 0, throttled_until: 0, last_step: -1 });
  });

  it('says 6001 of what a user without any might have meant by it', async () => {
    await using verifier = await openTestVerifier(engine);
    for (const code of [FIRST, '12345678']) expect(await verifier.verify(code)).toBe('code_wrong');
    expect((await verifier.factor()).failures).toBe(2);
  });

  it('says nothing of a text that can be neither: it is a wrong code', async () => {
    await using verifier = await withCodes(await openTestVerifier(engine));
    for (const text of ['', 'abc', '-'.repeat(20)]) expect(await verifier.verify(text)).toBe('code_wrong');
  });

  it('leaves the authenticator as it was: its codes work before and after', async () => {
    await using verifier = await withCodes(await openTestVerifier(engine));
    expect(await verifier.verify(verifier.code())).toBe('accepted');
    const before = await verifier.factor();
    await verifier.redeem(FIRST);
    expect(await verifier.factor()).toEqual({ ...before, last_used_at: verifier.now });
    expect(await verifier.verify(verifier.code(1))).toBe('accepted');
  });

  it('of another user, or of the same user in another pool, is wrong', async () => {
    await using verifier = await withCodes(await openTestVerifier(engine));
    const { services, poolId } = verifier.opened;
    const other = { userId: 'other', otp: { secret: plantedSeed(970), recoveryCodes: [plantedCode(991)] } };
    await importItems(services, poolId, [other], { createMissingUsers: true });
    expect(await verifier.verify(plantedCode(991))).toBe('recovery_code_wrong');
    const elsewhere = services.verifier.verify(actorIn('other-pool'), USER, FIRST);
    await expect(elsewhere).rejects.toMatchObject({ code: 'factor_not_found' });
  });

  it('whose digest does not open takes nobody’s throttle away: guesses are counted all the same', async () => {
    await using verifier = await withCodes(await openTestVerifier(engine));
    const { services, database, poolId } = verifier.opened;
    await runSql(database, 'update recovery_code set sealed_digest = $1', [Buffer.from('broken')]);
    const guess = (code: string) =>
      services.verifier.verify(actorIn(poolId), USER, code).then(
        () => 'accepted',
        (error) => error.code,
      );
    const guesses = await Promise.all(Array.from({ length: 30 }, () => guess(wrongCode(verifier))));
    expect(guesses.filter((outcome) => outcome === 'seal_broken')).toHaveLength(4);
    expect(guesses.filter((outcome) => outcome === 'verification_throttled')).toHaveLength(26);
    expect((await verifier.factor()).failures).toBe(4);
    verifier.now += 1_000;
    expect(await guess(plantedCode(992))).toBe('seal_broken');
    verifier.now += 2_000;
    expect(await guess(verifier.code())).toBe('accepted');
  });

  it('stands nowhere in the audit log, nor does the fresh one', async () => {
    await using verifier = await withCodes(await openTestVerifier(engine));
    const fresh = await verifier.redeem(FIRST);
    plant(fresh);
    const { services, poolId } = verifier.opened;
    const events = await services.store.read.audit.list(poolId, 100);
    const accepted = events.filter((event) => event.action === 'otp.verify');
    expect(accepted.map((event) => JSON.parse(event.detail))).toMatchObject([
      { outcome: 'accepted', method: 'recovery' },
    ]);
    for (const code of [FIRST, fresh]) expect(JSON.stringify(events)).not.toContain(code.slice(5, 14));
  });
});
