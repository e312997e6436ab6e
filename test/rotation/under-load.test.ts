import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PARAMETERS } from '../../src/otp/parameters.ts';
import { parseSeed, type Seed } from '../../src/otp/seed.ts';
import { computeTotp, timeStepAt } from '../../src/otp/totp.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { expectAllOpen, importUsers, itemsOf, keysInUse, sealKeyAfter, sealKeys } from './population.ts';

const USERS = 2_000;
const START = Date.parse('2026-11-22T15:13:00Z');
const ROTATIONS = 2;

describe.each(ENGINES)('rotation under load: %s', (engine) => {
  it('gives not one wrong answer: verifications, imports, signed calls and reading back go on', {
    timeout: 180_000,
  }, async () => {
    let now = START;
    await using server = await startTestServer(engine, { clock: () => now });
    const { services, poolId, database } = server;
    await importUsers(services, poolId, USERS);
    const token = await server.token();
    const done = { rotations: 0, calls: 0 };
    const isOver = () => done.rotations === ROTATIONS;
    const nextStep = () => {
      now += 30_000;
    };

    await Promise.all([
      rotateByApi(server, token, ROTATIONS, done),
      ...[0, 1, 2].map((worker) => verifyAll(server, token, worker, 3, () => now, isOver, done)),
      importOn(server, token, isOver, done),
      callSigned(server, isOver, done),
      readBack(server, token, isOver, done),
      (async () => {
        while (!isOver()) {
          nextStep();
          await setTimeout(1_000);
        }
      })(),
    ]);

    console.log(`${engine}: ${done.calls} right answers during ${ROTATIONS} rotations`);
    expect(done.calls).toBeGreaterThan(100);
    expect(await keysInUse(database)).toEqual([sealKeyAfter(ROTATIONS)]);
    expect(await sealKeys(database)).toEqual([sealKeyAfter(ROTATIONS)]);
    await expectAllOpen(services, poolId, USERS);
  });
});

async function rotateByApi(server: TestServer, token: string, times: number, done: { rotations: number }) {
  for (let time = 0; time < times; time++) {
    const { body } = await server.call('POST', '/api/v1/vault/rotate', { token, body: {} });
    expect(body).toMatchObject({
      statusCode: 200,
      data: { rotation: { state: 'running', newKeyId: sealKeyAfter(time + 1) } },
    });
    for (;;) {
      const { body: status } = await server.call('GET', '/api/v1/vault/status', { token });
      if (status.data.rotation.state === 'finished') break;
      await setTimeout(50);
    }
    done.rotations++;
  }
}

/** Each user in turn: the right code is accepted, the same once more is not, and a wrong one is not. */
async function verifyAll(
  server: TestServer,
  token: string,
  worker: number,
  workers: number,
  now: () => number,
  isOver: () => boolean,
  done: { calls: number },
) {
  const verify = (userId: string, code: string) =>
    server.call('POST', '/api/v1/otp/verify', { token, body: { userId, code } });
  const usedSteps = new Map<number, number>();
  for (let user = worker; !isOver(); user = (user + workers) % USERS) {
    const seed = parseSeed(plantedSeed(user)) as Seed;
    const step = timeStepAt(now(), DEFAULT_PARAMETERS.periodSeconds);
    while (usedSteps.get(user) === step && timeStepAt(now(), 30) === step && !isOver()) await setTimeout(20);
    if (usedSteps.get(user) === step) continue;
    usedSteps.set(user, step);
    const code = computeTotp(seed, step, DEFAULT_PARAMETERS);
    const right = await verify(`user-${user}`, code);
    expect(right.body, `user-${user}`).toMatchObject({ statusCode: 200, data: { verified: true } });
    const again = await verify(`user-${user}`, code);
    expect(again.body).toMatchObject({ statusCode: 400, apiCode: 6001 });
    done.calls += 2;
  }
}

/** Imports new users, and some of the old ones again: these are unchanged, so their seeds and codes open. */
async function importOn(server: TestServer, token: string, isOver: () => boolean, done: { calls: number }) {
  for (let turn = 0; !isOver(); turn++) {
    const list = [...itemsOf(50, (turn * 50) % USERS), ...itemsOf(20, 100_000 + turn * 20)];
    const body = { list, options: { createMissingUsers: true } };
    const answer = await server.call('POST', '/api/v3/import-otp', { token, body });
    expect(answer.body).toMatchObject({ statusCode: 200, data: { unchanged: 50, added: 20 } });
    // Those of the old users that have their Argon2id layer by now are written again.
    expect(answer.body.data.recoveryCodes).toBeGreaterThanOrEqual(40);
    done.calls++;
  }
}

/** Signed calls open the secret of their access key twice; new keys are sealed. */
async function callSigned(server: TestServer, isOver: () => boolean, done: { calls: number }) {
  while (!isOver()) {
    const { key, secret } = await server.createKey(['otp:verify']);
    const { services } = server;
    expect(await services.accessKeys.check(key.accessKeyId, secret)).toBeDefined();
    expect(await services.accessKeys.check(key.accessKeyId, `${secret.slice(1)}0`)).toBeUndefined();
    done.calls += 2;
    await setTimeout(25);
  }
}

async function readBack(server: TestServer, token: string, isOver: () => boolean, done: { calls: number }) {
  for (let user = 0; !isOver(); user = (user + 7) % USERS) {
    const path = `/api/v3/get-otp-secret-by-user?userId=user-${user}`;
    const { body } = await server.call('GET', path, { token });
    expect(body).toMatchObject({ statusCode: 200 });
    expect(JSON.stringify(body.data)).toContain(plantedSeed(user));
    done.calls++;
  }
}
