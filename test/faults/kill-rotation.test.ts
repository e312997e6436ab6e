import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { expectAllOpen, importUsers, itemsOf, keysInUse, sealKeyAfter, sealKeys } from '../rotation/population.ts';
import { actorIn, openTestServices } from '../store/open-services.ts';
import { createTestDatabase, ENGINES, type TestDatabase } from '../support/engines.ts';
import { startServerProcess } from '../support/server-process.ts';
import { post, prepareDatabase } from './prepare.ts';

const USERS = 1_000;
const KILLS = 10;
/** A kill comes at a random moment up to this long after a rotation was asked for. */
const LATEST_KILL_MS = 500;

describe.each(ENGINES)('kill -9 during a rotation: %s', (engine) => {
  it('loses nothing: servers started again bring it to its end, and everything opens', {
    timeout: 180_000,
  }, async () => {
    const database = await createTestDatabase(engine);
    const { token, poolId } = await prepareDatabase(database);
    await withServices(database, ({ services }) => importUsers(services, poolId, USERS));
    let [started, finished, kills] = [0, 0, 0];
    while (kills < KILLS) {
      const server = await startServerProcess(database.environment);
      try {
        const answer = await post(server.url, '/api/v1/vault/rotate', token, {});
        expect([200, 409]).toContain(answer.statusCode);
        if (answer.statusCode === 200) started++;
        await setTimeout(Math.random() * LATEST_KILL_MS);
      } finally {
        await server[Symbol.asyncDispose]();
        kills++;
      }
      finished = await withServices(database, async ({ services }) => {
        const { rotation } = await services.vaultKeys.status();
        return started - (rotation?.finishedAt === undefined ? 1 : 0);
      });
    }
    console.log(`${engine}, ${KILLS} kills: ${started} rotations begun, ${finished} finished in between`);
    await withServices(database, async ({ services }) => {
      await services.vaultKeys.finishRotation();
      expect(await sealKeys(database)).toEqual([sealKeyAfter(started)]);
      expect(await keysInUse(database)).toEqual([sealKeyAfter(started)]);
      await expectAllOpen(services, poolId, USERS);
    });
    expect(started).toBeGreaterThan(0);
  });
});

describe('two processes on one PostgreSQL', () => {
  it('one rotating, the other importing all the time: at the end nothing is under an old key and everything opens', {
    timeout: 120_000,
  }, async () => {
    const database = await createTestDatabase('postgres');
    const { token, poolId } = await prepareDatabase(database);
    await using first = await startServerProcess(database.environment);
    await using second = await startServerProcess(database.environment);
    let isOver = false;
    const importing = (async () => {
      let turn = 0;
      for (; !isOver; turn++) {
        const list = Array.from({ length: 40 }, (_, index) => item(turn * 20 + index));
        const body = { list, options: { createMissingUsers: true } };
        const answer = await post(second.url, '/api/v3/import-otp', token, body);
        expect(answer, answer.message).toMatchObject({ statusCode: 200 });
        expect(answer.data).toMatchObject({ replaced: 0 });
      }
      return turn * 20 + 20;
    })();
    for (let rotation = 0; rotation < 3; rotation++) {
      expect((await post(first.url, '/api/v1/vault/rotate', token, {})).statusCode).toBe(200);
      await untilFinished(first.url, token);
    }
    isOver = true;
    const users = await importing;
    expect(users).toBeGreaterThan(100);
    expect(await sealKeys(database)).toEqual([sealKeyAfter(3)]);
    expect(await keysInUse(database)).toEqual([sealKeyAfter(3)]);
    await withServices(database, ({ services }) => expectAllOpen(services, poolId, users));
  });
});

describe('the command line beside a running server, on the embedded database', () => {
  it('rotates to the end by itself, and the server goes on with the new key', async () => {
    const database = await createTestDatabase('sqlite');
    const { token, poolId } = await prepareDatabase(database);
    await using server = await startServerProcess(database.environment);
    const list = Array.from({ length: 300 }, (_, index) => item(index));
    const body = { list, options: { createMissingUsers: true } };
    expect((await post(server.url, '/api/v3/import-otp', token, body)).statusCode).toBe(200);
    await withServices(database, async ({ services }) => {
      await services.vaultKeys.rotate(actorIn(poolId));
      await services.vaultKeys.finishRotation();
    });
    expect(await keysInUse(database)).toEqual([sealKeyAfter(1)]);
    const again = await post(server.url, '/api/v3/import-otp', token, body);
    expect(again.data).toMatchObject({ unchanged: 300 });
  });
});

function item(number: number) {
  return itemsOf(1, number)[0];
}

async function withServices<Result>(
  database: TestDatabase,
  work: (opened: Awaited<ReturnType<typeof openTestServices>>) => Promise<Result>,
): Promise<Result> {
  await using opened = await openTestServices(database.engine, { database });
  return await work(opened);
}

async function untilFinished(url: string, token: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/api/v1/vault/status`, { headers: { authorization: `Bearer ${token}` } });
    const { data } = (await response.json()) as { data: { rotation: { state: string } } };
    if (data.rotation.state === 'finished') return;
    await setTimeout(50);
  }
}
