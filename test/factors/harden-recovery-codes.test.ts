import { describe, expect, it } from 'vitest';
import { hardenRecoveryCodes } from '../../src/factors/harden-recovery-codes.ts';
import type { RecoveryCodeTable } from '../../src/store/schema.ts';
import { importItems } from '../import/importing.ts';
import { actorIn, openTestServices, runSql, type TestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';

const USERS = ['a', 'b', 'c'];
/** More of them than are fetched at a time. */
const CODES_A_USER = 20;
const STRONG = `${plantedCode(1_000)}-0000-00aa`;

const codesOf = (user: number) =>
  Array.from({ length: CODES_A_USER }, (_, index) => plantedCode(1_001 + user * 100 + index));

async function importCodes({ services, poolId }: TestServices): Promise<void> {
  const list = USERS.map((userId, user) => ({
    userId,
    otp: { secret: plantedSeed(1_000 + user), recoveryCodes: [...codesOf(user), STRONG] },
  }));
  await importItems(services, poolId, list, { createMissingUsers: true });
}

const harden = ({ services }: TestServices, signal = new AbortController().signal) =>
  hardenRecoveryCodes(services.store, services.vault, signal);

const redeem = ({ services, poolId }: TestServices, userId: string, code: string) =>
  services.verifier.verify(actorIn(poolId), userId, code).then(
    ({ method }) => method,
    (error) => error.code,
  );

async function rowsOf({ services, poolId }: TestServices): Promise<Map<string, RecoveryCodeTable>> {
  const rows = await Promise.all(USERS.map((userId) => services.store.read.recoveryCodes.list(poolId, userId)));
  return new Map(rows.flat().map((row) => [row.code_id, row]));
}

const sealOf = (row: RecoveryCodeTable | undefined) => Buffer.from(row?.sealed_digest ?? []).toString('hex');

describe.each(ENGINES)('hardening recovery codes on %s', (engine) => {
  it('gives every short code its layer exactly once, leaves strong ones, and every code works after it', async () => {
    await using opened = await openTestServices(engine);
    await importCodes(opened);
    const before = await rowsOf(opened);
    expect(await harden(opened)).toBe(USERS.length * CODES_A_USER);
    const after = await rowsOf(opened);
    for (const [codeId, row] of before) {
      const isStrong = row.hardening === 'unneeded';
      expect(after.get(codeId)?.hardening).toBe(isStrong ? 'unneeded' : 'done');
      expect(sealOf(after.get(codeId)) === sealOf(row)).toBe(isStrong);
    }
    expect([...after.values()].filter((row) => row.hardening === 'unneeded')).toHaveLength(USERS.length);

    expect(await harden(opened)).toBe(0);
    expect(await rowsOf(opened)).toEqual(after);

    for (const [user, userId] of USERS.entries()) {
      for (const code of [codesOf(user)[0] as string, codesOf(user).at(-1) as string, STRONG]) {
        expect(await redeem(opened, userId, code)).toBe('recovery');
        expect(await redeem(opened, userId, code)).toBe('recovery_code_wrong');
      }
      expect(await redeem(opened, userId, codesOf((user + 1) % 3)[1] as string)).toBe('recovery_code_wrong');
    }
  });

  it('leaves codes that are used or revoked, which need no layer any more', async () => {
    await using opened = await openTestServices(engine);
    await importCodes(opened);
    expect(await redeem(opened, 'a', codesOf(0)[3] as string)).toBe('recovery');
    await opened.services.factors.issueRecoveryCodes(actorIn(opened.poolId), 'b', 2);
    const before = await rowsOf(opened);
    expect(await harden(opened)).toBe(2 * CODES_A_USER - 1);
    const after = await rowsOf(opened);
    for (const [codeId, row] of before) if (row.used_at !== null) expect(after.get(codeId)).toEqual(row);
  });

  it('ends between two codes when it is told to, and goes on the next time', async () => {
    await using opened = await openTestServices(engine);
    await importCodes(opened);
    expect(await harden(opened, AbortSignal.abort())).toBe(0);
    const stopping = new AbortController();
    const { vault } = opened.services;
    let hardened = 0;
    const stoppingVault: typeof vault = {
      ...vault,
      hardenRecoveryCode(sealed, binding) {
        hardened++;
        if (hardened === 7) stopping.abort();
        return vault.hardenRecoveryCode(sealed, binding);
      },
    };
    expect(await hardenRecoveryCodes(opened.services.store, stoppingVault, stopping.signal)).toBe(7);
    expect([...(await rowsOf(opened)).values()].filter((row) => row.hardening === 'done')).toHaveLength(7);
    expect(await harden(opened)).toBe(USERS.length * CODES_A_USER - 7);
  });

  it('by two processes at once hardens each code once, and loses none', async () => {
    await using opened = await openTestServices(engine);
    await importCodes(opened);
    await using other = await openTestServices(engine, { database: opened.database });
    const [here, there] = await Promise.all([harden(opened), harden(other)]);
    expect(here + there).toBe(USERS.length * CODES_A_USER);
    expect(await harden(opened)).toBe(0);
    for (const code of codesOf(2)) expect(await redeem(opened, 'c', code)).toBe('recovery');
  });

  it('beside redemptions loses no code and revives none', async () => {
    await using opened = await openTestServices(engine);
    await importCodes(opened);
    const redeemAll = async () => {
      const outcomes: string[] = [];
      for (const code of codesOf(1)) outcomes.push(await redeem(opened, 'b', code));
      return outcomes;
    };
    const [, outcomes] = await Promise.all([harden(opened), redeemAll()]);
    expect(outcomes).toEqual(codesOf(1).map(() => 'recovery'));
    for (const code of codesOf(1)) expect(await redeem(opened, 'b', code)).toBe('recovery_code_wrong');
    expect((await opened.services.factors.find(opened.poolId, 'b')).failures).toBe(0);
    const left = [...(await rowsOf(opened)).values()].filter((row) => row.used_at === null);
    expect(left.map((row) => row.hardening)).not.toContain('due');
  });

  it('beside an import of the same list loses no code', async () => {
    await using opened = await openTestServices(engine);
    await importCodes(opened);
    await Promise.all([harden(opened), importCodes(opened), importCodes(opened)]);
    await harden(opened);
    for (const [user, userId] of USERS.entries()) {
      expect(await opened.services.factors.countRecoveryCodes(opened.poolId, userId)).toBe(CODES_A_USER + 1);
      expect(await redeem(opened, userId, codesOf(user)[5] as string)).toBe('recovery');
    }
  });

  it('is not held up by a digest that does not open: it tells of it and hardens the others', async () => {
    await using opened = await openTestServices(engine);
    await importCodes(opened);
    const [first] = [...(await rowsOf(opened)).values()]
      .filter((row) => row.hardening === 'due')
      .sort((left, right) => (`${left.user_id}${left.code_id}` < `${right.user_id}${right.code_id}` ? -1 : 1));
    const sql = 'update recovery_code set sealed_digest = $1 where code_id = $2';
    await runSql(opened.database, sql, [Buffer.from('broken'), first?.code_id as string]);
    await expect(harden(opened)).rejects.toMatchObject({ code: 'seal_broken' });
    const due = [...(await rowsOf(opened)).values()].filter((row) => row.hardening === 'due');
    expect(due.map((row) => row.code_id)).toEqual([first?.code_id]);
    for (const code of codesOf(2)) expect(await redeem(opened, 'c', code)).toBe('recovery');
  });
});
