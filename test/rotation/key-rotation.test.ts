import { describe, expect, it } from 'vitest';
import type { FactorportError } from '../../src/errors/error.ts';
import { beginSealing } from '../../src/rotation/sealing.ts';
import { actorIn, openTestServices, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import {
  expectAllOpen,
  importUsers,
  insertPendingEnrolment,
  keysInUse,
  rotate,
  sealKeyAfter,
  sealKeys,
} from './population.ts';

const USERS = 450;
const codeOf = (error: unknown) => (error as FactorportError).code;

describe.each(ENGINES)('rotation of the seal keys: %s', (engine) => {
  it('seals everything anew, of every kind, destroys the old key, and changes nothing else', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    await importUsers(services, poolId, USERS);
    await services.accessKeys.create(actorIn(poolId), { scopes: ['otp:verify'] });
    await insertPendingEnrolment(opened, 'user-3');
    const before = await runSql(database, 'select * from factor order by user_id');
    expect(await keysInUse(database)).toEqual([1]);

    expect(await rotate(services, poolId)).toBe('finished');
    expect(await sealKeys(database)).toEqual([sealKeyAfter(1)]);
    expect(await keysInUse(database)).toEqual([sealKeyAfter(1)]);
    await expectAllOpen(services, poolId, USERS);
    const { rotation } = await services.vaultKeys.status();
    expect(rotation).toMatchObject({
      newKeyId: sealKeyAfter(1),
      retiredKeyIds: [1],
      resealed: USERS * 3 + 3,
      broken: 0,
    });
    const unsealed = (rows: typeof before) => rows.map(({ sealed_seed, ...row }) => row);
    expect(unsealed(await runSql(database, 'select * from factor order by user_id'))).toEqual(unsealed(before));
    const events = await runSql(
      database,
      `select action, detail from audit_event where action like 'vault.%' order by at, sequence`,
    );
    expect(events.map((event) => event.action)).toEqual(['vault.rotate', 'vault.rotation-finished']);
  });

  it('really destroys the old key: a value put back from before does not open in a process started later', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    await importUsers(services, poolId, 3);
    const [old] = await runSql(database, `select sealed_seed from factor where user_id = 'user-1'`);
    await rotate(services, poolId);
    const value = old?.sealed_seed as Uint8Array;
    await runSql(database, `update factor set sealed_seed = $1 where user_id = 'user-1'`, [value]);
    await opened.close();
    await using later = await openTestServices(engine, { database });
    const read = later.services.secretReader.read(actorIn(poolId), 'user-1');
    expect(await read.catch(codeOf)).toBe('seal_broken');
  });

  it('can be done again and again, and a second one is refused while one is under way', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    await importUsers(services, poolId, 20);
    for (const expected of [sealKeyAfter(1), sealKeyAfter(2)]) {
      expect(await rotate(services, poolId)).toBe('finished');
      expect(await keysInUse(database)).toEqual([expected]);
    }
    const both = await Promise.allSettled([1, 2].map(() => services.vaultKeys.rotate(actorIn(poolId))));
    expect(both.map((result) => (result.status === 'rejected' ? codeOf(result.reason) : 'ok')).sort()).toEqual([
      'ok',
      'rotation_under_way',
    ]);
    expect(await services.vaultKeys.rotate(actorIn(poolId)).catch(codeOf)).toBe('rotation_under_way');
    expect(await sealKeys(database)).toEqual([sealKeyAfter(2), sealKeyAfter(3)]);
    expect(await services.vaultKeys.finishRotation()).toBe('finished');
    expect(await services.vaultKeys.finishRotation()).toBe('idle');
    expect(await sealKeys(database)).toEqual([sealKeyAfter(3)]);
    await expectAllOpen(services, poolId, 20);
  });

  it('is known to every process at once: what one seals with the new key another opens, and seals with it, too', async () => {
    await using first = await openTestServices(engine);
    const { services, poolId, database } = first;
    await importUsers(services, poolId, 5);
    await using second = await openTestServices(engine, { database });
    await services.vaultKeys.rotate(actorIn(poolId));
    expect(second.services.vault.sealKeyId()).toBe(1);
    await importUsers(services, poolId, 5, 100);
    const { key, secret } = await services.accessKeys.create(actorIn(poolId), { scopes: ['otp:verify'] });
    expect(await second.services.accessKeys.unlock(key.accessKeyId)).toMatchObject({ secret });
    await expectAllOpen(second.services, poolId, 5, 100);

    await using third = await openTestServices(engine, { database });
    await rotateOn(services);
    await services.vaultKeys.rotate(actorIn(poolId));
    await importUsers(third.services, poolId, 1, 200);
    const [sealed] = await runSql(database, `select sealed_seed from factor where user_id = 'user-200'`);
    expect(Buffer.from(sealed?.sealed_seed as Uint8Array).readUInt32BE(1)).toBe(sealKeyAfter(2));
  });

  it('begun amid imports and new access keys lets each of them seal with a key that is there', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    const work = Array.from({ length: 40 }, (_, turn) =>
      turn % 10 === 5
        ? services.vaultKeys.rotate(actorIn(poolId)).catch(codeOf)
        : turn % 2 === 0
          ? importUsers(services, poolId, 1, turn)
          : services.accessKeys.create(actorIn(poolId), { scopes: ['otp:verify'] }),
    );
    await Promise.all(work);
    await services.vaultKeys.finishRotation();
    expect(await keysInUse(database)).toEqual(await sealKeys(database));
    await using later = await openTestServices(engine, { database });
    for (let user = 0; user < 40; user += 2) await expectAllOpen(later.services, poolId, 1, user);
  });

  it('goes on where another process has left off', async () => {
    await using first = await openTestServices(engine);
    const { services, poolId, database } = first;
    await importUsers(services, poolId, USERS);
    await services.vaultKeys.rotate(actorIn(poolId));
    await using second = await openTestServices(engine, { database });
    await first.close();
    expect(await second.services.vaultKeys.finishRotation()).toBe('finished');
    expect(await keysInUse(database)).toEqual([sealKeyAfter(1)]);
    await expectAllOpen(second.services, poolId, USERS);
  });

  it('keeps the old key as long as a value is left that does not open, says so, and ends once it is mended', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    await importUsers(services, poolId, 10);
    await runSql(database, `update factor set digits = 8 where user_id = 'user-7'`);
    expect(await rotate(services, poolId)).toBe('stuck');
    expect(await sealKeys(database)).toEqual([1, sealKeyAfter(1)]);
    expect((await services.vaultKeys.status()).rotation).toMatchObject({ broken: 1, finishedAt: undefined });
    await runSql(database, `update factor set digits = 6 where user_id = 'user-7'`);
    expect(await services.vaultKeys.finishRotation()).toBe('finished');
    expect(await sealKeys(database)).toEqual([sealKeyAfter(1)]);
    await expectAllOpen(services, poolId, 10);
  });

  it('waits with the destruction for a transaction that began to seal before', async () => {
    await using opened = await openTestServices(engine);
    const { services, poolId, database } = opened;
    await using other = await openTestServices(engine, { database });
    const [began, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const writing = services.store.transaction(async (queries) => {
      await beginSealing(queries, services.vault);
      began.resolve();
      await end.promise;
    }, 'long');
    await began.promise;
    const rotating = rotate(other.services, poolId);
    // Whatever was done meanwhile, the key that the transaction seals with is still there.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await sealKeys(database)).toContain(1);
    end.resolve();
    await writing;
    expect(await rotating).toBe('finished');
    expect(await sealKeys(database)).toEqual([sealKeyAfter(1)]);
  });
});

async function rotateOn(services: Awaited<ReturnType<typeof openTestServices>>['services']): Promise<void> {
  expect(await services.vaultKeys.finishRotation()).toBe('finished');
}
