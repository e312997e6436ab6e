import { describe, expect, it } from 'vitest';
import { hardenRecoveryCodes } from '../../src/factors/harden-recovery-codes.ts';
import { actorIn } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { openTestVerifier, type TestVerifier, USER } from '../verify/open-verifier.ts';
import { importItems } from './importing.ts';

const code = (number: number) => plantedCode(1_500 + number);
const LIST = [1, 2, 3].map(code);

const harden = ({ opened: { services } }: TestVerifier) =>
  hardenRecoveryCodes(services.store, services.vault, new AbortController().signal);

const issue = ({ opened: { services, poolId } }: TestVerifier, count: number) =>
  services.factors.issueRecoveryCodes(actorIn(poolId), USER, count);

/** Which of these codes work now. Used up by asking. */
async function working(verifier: TestVerifier, codes: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const given of codes) if ((await verifier.verify(given)) === 'accepted') found.push(given);
  return found;
}

describe.each(ENGINES)('recovery codes imported again on %s', (engine) => {
  const open = async (recoveryCodes: readonly string[] = LIST) => {
    const verifier = await openTestVerifier(engine);
    await verifier.import(960, { recoveryCodes });
    return verifier;
  };
  const importAgain = (verifier: TestVerifier, recoveryCodes: readonly string[] = LIST) =>
    verifier.import(960, { recoveryCodes });

  describe.each(['before', 'after'])('%s they were hardened', (moment) => {
    const openAt = async (recoveryCodes?: readonly string[]) => {
      const verifier = await open(recoveryCodes);
      if (moment === 'after') await harden(verifier);
      return verifier;
    };

    it('the same list loses no code, doubles none and revives no used one', async () => {
      await using verifier = await openAt();
      await verifier.redeem(code(2));
      for (let round = 0; round < 3; round++) {
        expect(await importAgain(verifier)).toMatchObject({ unchanged: 1 });
        expect(await verifier.codesLeft()).toBe(3);
        if (moment === 'after') await harden(verifier);
      }
      expect(await working(verifier, LIST)).toEqual([code(1), code(3)]);
      expect(await working(verifier, LIST)).toEqual([]);
    });

    it('the same list in other spellings and another order is the same list', async () => {
      await using verifier = await openAt();
      await verifier.redeem(code(1));
      await importAgain(verifier, [code(3).toUpperCase(), code(2).replaceAll('-', ' '), code(1).replaceAll('-', '')]);
      expect(await verifier.codesLeft()).toBe(3);
      expect(await working(verifier, LIST)).toEqual([code(2), code(3)]);
    });

    it('a mended list takes the place of the first one', async () => {
      await using verifier = await openAt();
      await verifier.redeem(code(1));
      await importAgain(verifier, [code(1), code(2), code(4)]);
      expect(await verifier.codesLeft()).toBe(3);
      expect(await working(verifier, [code(1), code(2), code(3), code(4)])).toEqual([code(2), code(4)]);
    });

    it('a list without codes takes none away', async () => {
      await using verifier = await openAt();
      await verifier.import(960, {});
      expect(await verifier.codesLeft()).toBe(3);
      expect(await working(verifier, LIST)).toEqual(LIST);
    });

    it('fresh codes survive every import of the same seed', async () => {
      await using verifier = await openAt();
      const fresh = await verifier.redeem(code(1));
      await importAgain(verifier);
      await importAgain(verifier, [code(5)]);
      expect(await working(verifier, [fresh, code(5)])).toEqual([fresh, code(5)]);
    });

    it('an issued set survives, and what it revoked stays revoked', async () => {
      await using verifier = await openAt();
      const issued = await issue(verifier, 2);
      for (const list of [LIST, [code(1)], [code(6)]]) {
        await importAgain(verifier, list);
        expect(await verifier.codesLeft()).toBe(2);
      }
      expect(await working(verifier, [...LIST, code(6)])).toEqual([]);
      expect(await working(verifier, issued)).toEqual(issued);
      await importAgain(verifier);
      expect(await verifier.codesLeft()).toBe(2);
      expect(await working(verifier, LIST)).toEqual([]);
    });

    it('revoked codes stay revoked where another seed comes with the same codes', async () => {
      await using verifier = await openAt();
      await issue(verifier, 2);
      await verifier.import(961, { recoveryCodes: LIST });
      expect(await working(verifier, LIST)).toEqual([]);
      expect((await verifier.factor()).failures).toBe(0);
    });

    it('another seed takes every code away, imported, fresh and issued', async () => {
      await using verifier = await openAt();
      const fresh = await verifier.redeem(code(1));
      await verifier.import(961, {});
      expect(await verifier.codesLeft()).toBe(0);
      expect(await verifier.verify(code(2))).toBe('recovery_code_wrong');
      expect(await verifier.verify(fresh)).toBe('recovery_code_wrong');
      const issued = await issue(verifier, 3);
      await verifier.import(962, { recoveryCodes: [code(7)] });
      expect(await verifier.codesLeft()).toBe(1);
      expect(await verifier.verify(issued[0] as string)).toBe('recovery_code_wrong');
      expect(await working(verifier, [code(7)])).toEqual([code(7)]);
    });
  });

  it('a set issued for an earlier factor does not keep the codes of the present one from being mended', async () => {
    await using verifier = await open();
    const [used = ''] = await issue(verifier, 2);
    await verifier.redeem(used);
    await verifier.import(961, { recoveryCodes: [code(8)] });
    await verifier.import(961, { recoveryCodes: [code(9)] });
    expect(await working(verifier, [code(8), code(9)])).toEqual([code(9)]);
  });

  it('with onExisting skip and fail, and in a dry run, every code stays as it was', async () => {
    await using verifier = await open();
    const { services, poolId } = verifier.opened;
    const other = [{ userId: USER, otp: { secret: plantedSeed(961), recoveryCodes: [code(10)] } }];
    await importItems(services, poolId, other, { onExisting: 'skip' });
    await expect(importItems(services, poolId, other, { onExisting: 'fail' })).rejects.toMatchObject({
      code: 'import_refused',
    });
    await importItems(services, poolId, other, { dryRun: true });
    expect(await working(verifier, [...LIST, code(10)])).toEqual(LIST);
  });
});
