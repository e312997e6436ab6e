import { describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { startTestServer } from '../support/test-server.ts';
import { query, rowsOfUser } from './support/database.ts';
import { uniqueName, useServer } from './support/use-server.ts';

const NO_ROWS = { app_user: 0, user_identifier: 0, factor: 0, recovery_code: 0 };

interface Item {
  readonly userId: string;
  readonly otp: object;
}

describe.each(ENGINES)('%s: at the same time', (engine) => {
  const server = useServer(engine);

  async function importAll(lists: readonly (readonly Item[])[], options: object = {}) {
    const token = await server().token();
    const send = (list: readonly Item[]) =>
      server().call('POST', '/api/v3/import-otp', {
        token,
        body: { list, options: { createMissingUsers: true, ...options } },
      });
    return (await Promise.all(lists.map(send))).map((answer) => ({
      http: answer.status,
      statusCode: answer.body.statusCode,
    }));
  }

  /** Every one was done, or refused as a conflict to be sent again; at least one was done. */
  function expectDoneOrConflict(answers: readonly { http: number; statusCode: number }[]): void {
    for (const answer of answers) {
      expect(answer.http).toBe(200);
      expect([200, 409]).toContain(answer.statusCode);
    }
    expect(answers.some((answer) => answer.statusCode === 200)).toBe(true);
  }

  const listOf = (userIds: readonly string[], seed: number): Item[] =>
    userIds.map((userId) => ({ userId, otp: { secret: plantedSeed(seed), recoveryCode: plantedCode(seed) } }));

  it('imports that make the same new users are all answered, and each user has one factor and one code', async () => {
    const userIds = Array.from({ length: 200 }, () => uniqueName('new'));
    expectDoneOrConflict(await importAll([1, 2, 3, 4, 5, 6].map((seed) => listOf(userIds, seed))));
    const [factors, codes] = await query(
      server(),
      "select count(*) as n from factor where user_id like 'new-%'",
      "select count(*) as n from recovery_code where user_id like 'new-%'",
    );
    expect([Number(factors?.[0]?.n), Number(codes?.[0]?.n)]).toEqual([200, 200]);
  });

  it('imports that change the same users in opposite order are all answered', async () => {
    const userIds = Array.from({ length: 300 }, () => uniqueName('both'));
    await importAll([listOf(userIds, 0)]);
    const orders = [userIds, userIds.toReversed(), userIds, userIds.toReversed()];
    expectDoneOrConflict(await importAll(orders.map((order, index) => listOf(order, index + 1))));
    for (const userId of [userIds[0], userIds[299]]) {
      expect(await rowsOfUser(server(), userId as string)).toMatchObject({ factor: 1, recovery_code: 1 });
    }
  });

  it('imports for one user are all answered, and one factor with one code stands', async () => {
    const userId = uniqueName('one');
    await importAll([listOf([userId], 0)]);
    expectDoneOrConflict(await importAll(Array.from({ length: 20 }, (_, index) => listOf([userId], index + 1))));
    expect(await rowsOfUser(server(), userId)).toMatchObject({ factor: 1, recovery_code: 1 });
  });

  it('a user deleted while being imported is gone with everything, or was imported after', async () => {
    const client = await server().sdk();
    for (let round = 0; round < 5; round++) {
      const userIds = Array.from({ length: 20 }, () => uniqueName('gone'));
      await importAll([listOf(userIds, round)]);
      const token = await server().token();
      const [imported, deleted] = await Promise.all([
        server().call('POST', '/api/v3/import-otp', { token, body: { list: listOf(userIds, round + 10) } }),
        client.deleteUsersBatch({ userIds }),
      ]);
      expect([200, 400, 409]).toContain(imported.body.statusCode);
      expect(deleted.statusCode).toBe(200);
      for (const userId of userIds) expect(await rowsOfUser(server(), userId)).toEqual(NO_ROWS);
    }
  });

  it('of many who create a user of one name one succeeds, and the others are told that it is taken', async () => {
    const token = await server().token();
    const body = { username: uniqueName('only'), otp: { secret: plantedSeed(70) } };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server().call('POST', '/api/v3/create-user', { token, body })),
    );
    const statusCodes = answers.map((answer) => answer.body.statusCode).toSorted();
    expect(statusCodes).toEqual([200, ...Array(19).fill(409)]);
  });

  it('of two users who take the name of each other neither call fails with a fault', async () => {
    const client = await server().sdk();
    const names = [uniqueName('swap'), uniqueName('swap')];
    const users = await client.createUsersBatch({ list: names.map((username) => ({ username })) });
    const [first, second] = users.data.map((user) => user.userId) as [string, string];
    const answers = await Promise.all([
      client.updateUser({ userId: first, username: names[1] as string }),
      client.updateUser({ userId: second, username: names[0] as string }),
    ]);
    for (const answer of answers) expect([200, 409]).toContain(answer.statusCode);
  });

  it('a user deleted twice at once is deleted once, or both times, but never a fault', async () => {
    const client = await server().sdk();
    const { userId } = (await client.createUser({ username: uniqueName('twice') })).data;
    const answers = await Promise.all([1, 2, 3].map(() => client.deleteUsersBatch({ userIds: [userId] })));
    for (const answer of answers) expect([200, 404]).toContain(answer.statusCode);
    expect(await rowsOfUser(server(), userId)).toEqual(NO_ROWS);
  });
});

it('two servers on one PostgreSQL share pool, key ring and tokens: what one seals, the other opens', async () => {
  const seed = await startTestServer('postgres');
  await seed.stop();
  const { database } = seed;
  await using first = await startTestServer('postgres', { database });
  await using second = await startTestServer('postgres', { database });
  expect(first.poolId).toBe(second.poolId);
  const client = await first.sdk();
  const { userId } = (await client.createUser({ username: 'shared', otp: { secret: plantedSeed(71) } })).data;
  const token = await first.token();
  const path = `/api/v3/get-otp-secret-by-user?userId=${userId}`;
  expect((await second.call('GET', path, { token })).body.data).toEqual({ secret: plantedSeed(71) });
});
