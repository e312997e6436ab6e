import { beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { codeAt } from './support/codes.ts';
import { snapshot } from './support/database.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { createOtherPool } from './support/other-pool.ts';
import { useServer } from './support/use-server.ts';

const THEIRS = { username: 'theirs', email: 'theirs@example.com', phone: '13800000001', externalId: 'their id' };
const SECRET = plantedSeed(30);

/** Every call that names a user, by which one could tell whether the user exists. */
const CALLS: Record<string, (id: string, type: string) => [method: string, path: string, body?: unknown]> = {
  'get-user': (id, type) => ['GET', `/api/v3/get-user?userId=${encodeURIComponent(id)}&userIdType=${type}`],
  'get-user-batch': (id, type) => [
    'GET',
    `/api/v3/get-user-batch?userIds[]=${encodeURIComponent(id)}&userIdType=${type}`,
  ],
  'get-otp-secret-by-user': (id, type) => [
    'GET',
    `/api/v3/get-otp-secret-by-user?userId=${encodeURIComponent(id)}&userIdType=${type}`,
  ],
  'update-user': (id, type) => [
    'POST',
    '/api/v3/update-user',
    { userId: id, name: 'x', options: { userIdType: type } },
  ],
  'delete-users-batch': (id, type) => [
    'POST',
    '/api/v3/delete-users-batch',
    { userIds: [id], options: { userIdType: type } },
  ],
  'otp/verify': (id, type) => [
    'POST',
    '/api/v1/otp/verify',
    { userId: id, userIdType: type, code: codeAt(SECRET, Date.now()) },
  ],
};

describe.each(ENGINES)('%s: two pools', (engine) => {
  const server = useServer(engine);
  let userId: string;
  let token: string;
  let other: Awaited<ReturnType<typeof createOtherPool>>;

  beforeAll(async () => {
    const client = await server().sdk();
    const made = await client.createUser({ ...THEIRS, otp: { secret: SECRET } });
    userId = made.data.userId;
    token = await server().token();
    other = await createOtherPool(server());
  });

  async function answerOf(call: [string, string, unknown?]) {
    const [method, path, body] = call;
    const { status, body: answer } = await server().call(method, path, { token: other.token, body });
    const { requestId, ...rest } = answer;
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    return { status, rest };
  }

  const ids = () => ({
    user_id: userId,
    username: THEIRS.username,
    email: THEIRS.email,
    phone: THEIRS.phone,
    external_id: THEIRS.externalId,
  });

  it.each(Object.keys(CALLS))(
    "%s answers for another pool's user exactly as for nobody, and changes nothing",
    async (name) => {
      const call = CALLS[name] as (typeof CALLS)[string];
      const before = await snapshot(server());
      for (const [type, id] of Object.entries(ids())) {
        const forTheirs = await answerOf(call(id, type));
        const forNobody = await answerOf(call(`nobody-${id}`, type));
        expect(forTheirs).toEqual(forNobody);
        if (name !== 'get-user-batch') expect(forTheirs.rest.statusCode).toBe(404);
        else expect(forTheirs.rest.data).toEqual([]);
      }
      expect(await snapshot(server())).toEqual(before);
    },
  );

  it("import-otp answers for another pool's user exactly as for nobody, and changes nothing", async () => {
    const before = await snapshot(server());
    const send = async (id: string) => {
      const list = [{ userId: id, otp: { secret: plantedSeed(31) } }];
      const { rest } = await answerOf(['POST', '/api/v3/import-otp', { list }]);
      return JSON.stringify(rest).replaceAll(id, 'ID');
    };
    expect(await send(userId)).toBe(await send('nobody'));
    expect(await snapshot(server())).toEqual(before);
  });

  it("is-user-exists and list-users do not see another pool's users", async () => {
    for (const [name, value] of Object.entries(THEIRS)) {
      const { rest } = await answerOf(['POST', '/api/v3/is-user-exists', { [name]: value }]);
      expect(rest.data).toEqual({ exists: false });
    }
    expect((await answerOf(['GET', '/api/v3/list-users'])).rest.data).toEqual({ totalCount: 0, list: [] });
    const search = { keywords: 'theirs', advancedFilter: [{ field: 'id', operator: 'EQUAL', value: userId }] };
    expect((await answerOf(['POST', '/api/v3/list-users', search])).rest.data).toEqual({ totalCount: 0, list: [] });
  });

  it("another pool's access keys are not seen, changed or deleted", async () => {
    const { key } = await server().createKey();
    const { accessKeyId } = key;
    const list = await answerOf(['GET', '/api/v3/list-access-key']);
    expect(list.rest.data.map((one: { accessKeyId: string }) => one.accessKeyId)).toEqual([other.key.key.accessKeyId]);
    for (const call of [
      (id: string) => ['GET', `/api/v3/get-access-key?accessKeyId=${id}`],
      (id: string) => ['POST', '/api/v3/update-access-key', { accessKeyId: id, enable: false }],
      (id: string) => ['POST', '/api/v3/delete-access-key', { accessKeyId: id }],
    ] as ((id: string) => [string, string, unknown?])[]) {
      const forTheirs = await answerOf(call(accessKeyId));
      expect(forTheirs).toEqual(await answerOf(call('nobody')));
      expect(forTheirs.rest.statusCode).toBe(404);
    }
    expect((await server().services.accessKeys.get(server().poolId, accessKeyId)).enabled).toBe(true);
  });

  it('the same identifiers can be used in both pools, each by a user of its own', async () => {
    const { rest } = await answerOf(['POST', '/api/v3/create-user', THEIRS]);
    expect(rest.statusCode).toBe(200);
    expect(rest.data.userId).not.toBe(userId);
    const secret = plantedSeed(32);
    const list = [{ userId, otp: { secret } }];
    const made = await answerOf(['POST', '/api/v3/import-otp', { list, options: { createMissingUsers: true } }]);
    expect(made.rest.data).toMatchObject({ added: 1, usersCreated: 1 });
    const path = `/api/v3/get-otp-secret-by-user?userId=${userId}`;
    expect((await answerOf(['GET', path])).rest.data).toEqual({ secret });
    expect((await server().call('GET', path, { token })).body.data).toEqual({ secret: SECRET });
    expect((await answerOf(['POST', '/api/v3/delete-users-batch', { userIds: [userId] }])).rest.statusCode).toBe(200);
    expect((await server().call('GET', path, { token })).body.data).toEqual({ secret: SECRET });
  });

  it('x-authing-userpool-id that names another real pool is refused; empty, unknown or a key id is not', async () => {
    const send = async (poolId: string) => {
      const headers = { 'x-authing-userpool-id': poolId };
      return (await server().call('GET', '/api/v3/list-users', { token, headers })).body;
    };
    expectFailure(await send(other.poolId), 403, 2224);
    for (const poolId of ['', 'pool-1', other.key.key.accessKeyId, server().poolId]) expectSuccess(await send(poolId));
  });
});
