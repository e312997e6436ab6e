import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditEventTable } from '../../src/store/schema.ts';
import { ENGINES } from '../support/engines.ts';
import { CODE_MARKER, plant, plantedCode, plantedSeed, SEED_MARKER } from '../support/planted.ts';
import { type Answer, startTestServer, type TestKey } from '../support/test-server.ts';
import { codeAt, wrongCodeAt } from './support/codes.ts';
import { query } from './support/database.ts';
import { uniqueName, useServer } from './support/use-server.ts';

interface Expected {
  readonly action: string;
  readonly result: string;
  readonly user_id?: string | null;
}

const OK = 'ok';
const REFUSED = 'refused';

describe.each(ENGINES)('%s: audit', (engine) => {
  const server = useServer(engine);
  let key: TestKey;
  let token: string;

  beforeAll(async () => {
    key = await server().createKey();
    const body = { accessKeyId: key.key.accessKeyId, accessKeySecret: key.secret };
    token = (await server().call('POST', '/api/v3/get-management-token', { body })).body.data.access_token;
    plant(token);
  });

  async function eventsOf(answer: Answer, poolId = server().poolId): Promise<AuditEventTable[]> {
    await server().services.audit.flush();
    const events = await server().services.store.read.audit.list(poolId, 10_000);
    return events.filter((event) => event.request_id === answer.headers.get('x-request-id'));
  }

  /** Makes a call and looks for its one event. */
  async function expectOneEvent(call: [method: string, path: string, body?: unknown], expected: Expected) {
    const [method, path, body] = call;
    const answer = await server().call(method, path, { token, body });
    const events = await eventsOf(answer);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      ...expected,
      actor: key.key.accessKeyId,
      address: expect.stringMatching(/127\.0\.0\.1$/),
    });
    return { answer, detail: JSON.parse(events[0]?.detail ?? '{}') };
  }

  async function newUser(otp?: object): Promise<string> {
    const answer = await server().call('POST', '/api/v3/create-user', {
      token,
      body: { username: uniqueName('audited'), otp },
    });
    return answer.body.data.userId;
  }

  it('an import leaves one event with its counts, however long the list', async () => {
    const list = Array.from({ length: 300 }, (_, index) => ({
      userId: uniqueName(),
      otp: { secret: plantedSeed(index), recoveryCode: plantedCode(index) },
    }));
    const body = { list, options: { createMissingUsers: true } };
    const { detail } = await expectOneEvent(['POST', '/api/v3/import-otp', body], { action: 'otp.import', result: OK });
    expect(detail).toMatchObject({ total: 300, added: 300, dryRun: false });
  });

  it('a dry run leaves one event that says so', async () => {
    const list = [{ userId: await newUser(), otp: { secret: plantedSeed(1) } }];
    const body = { list, options: { dryRun: true } };
    const { detail } = await expectOneEvent(['POST', '/api/v3/import-otp', body], { action: 'otp.import', result: OK });
    expect(detail).toMatchObject({ total: 1, dryRun: true });
  });

  it('a refused import leaves one event', async () => {
    const list = [{ userId: 'nobody', otp: { secret: plantedSeed(2) } }];
    const { detail } = await expectOneEvent(['POST', '/api/v3/import-otp', { list }], {
      action: 'api.call',
      result: REFUSED,
    });
    expect(detail).toMatchObject({ route: '/api/v3/import-otp', statusCode: 400, error: 'import_refused' });
  });

  it('each verification leaves one event: accepted, replayed, wrong, throttled, unknown', async () => {
    const secret = plantedSeed(3);
    const user_id = await newUser({ secret });
    const now = Date.now();
    const code = codeAt(secret, now);
    const verify = (body: object): [string, string, object] => ['POST', '/api/v1/otp/verify', body];
    const attempt = { userId: user_id, code };
    await expectOneEvent(verify(attempt), { action: 'otp.verify', result: OK, user_id });
    await expectOneEvent(verify(attempt), { action: 'otp.verify', result: REFUSED, user_id });
    const wrong = { userId: user_id, code: wrongCodeAt(secret, now) };
    for (let failure = 1; failure <= 4; failure++) {
      await expectOneEvent(verify(wrong), { action: 'otp.verify', result: REFUSED, user_id });
    }
    await expectOneEvent(verify(wrong), { action: 'otp.verify', result: REFUSED, user_id });
    await expectOneEvent(verify({ userId: 'nobody', code }), { action: 'api.call', result: REFUSED });
    await expectOneEvent(verify({ userId: user_id }), { action: 'api.call', result: REFUSED });
  });

  it('a throttled attempt names the user, so that an attack on one user can be found', async () => {
    const secret = plantedSeed(4);
    const userId = await newUser({ secret });
    const body = { userId, code: wrongCodeAt(secret, Date.now()) };
    for (let failure = 1; failure <= 4; failure++) await server().call('POST', '/api/v1/otp/verify', { token, body });
    await expectOneEvent(['POST', '/api/v1/otp/verify', body], {
      action: expect.any(String),
      result: REFUSED,
      user_id: userId,
    });
  });

  it('creating, changing and deleting a user leave one event each', async () => {
    const body = { username: uniqueName('audited'), otp: { secret: plantedSeed(5), recoveryCode: plantedCode(5) } };
    const { answer } = await expectOneEvent(['POST', '/api/v3/create-user', body], {
      action: 'user.create',
      result: OK,
    });
    const user_id = answer.body.data.userId;
    await expectOneEvent(['POST', '/api/v3/update-user', { userId: user_id, name: 'x' }], {
      action: 'user.update',
      result: OK,
      user_id,
    });
    await expectOneEvent(['POST', '/api/v3/delete-users-batch', { userIds: [user_id] }], {
      action: 'user.delete',
      result: OK,
      user_id,
    });
  });

  it('a batch leaves one event for each user', async () => {
    const list = Array.from({ length: 3 }, () => ({ username: uniqueName('audited') }));
    const made = await server().call('POST', '/api/v3/create-users-batch', { token, body: { list } });
    const userIds = made.body.data.map((user: { userId: string }) => user.userId);
    expect((await eventsOf(made)).map((event) => event.user_id).toSorted()).toEqual(userIds.toSorted());
    const deleted = await server().call('POST', '/api/v3/delete-users-batch', { token, body: { userIds } });
    expect((await eventsOf(deleted)).map((event) => event.user_id).toSorted()).toEqual(userIds.toSorted());
  });

  it('reading a secret leaves one event that names the user', async () => {
    const user_id = await newUser({ secret: plantedSeed(6) });
    const path = `/api/v3/get-otp-secret-by-user?userId=${user_id}`;
    await expectOneEvent(['GET', path], { action: 'otp.read-secret', result: OK, user_id });
  });

  it('each change of an access key leaves one event, and so does each token', async () => {
    const made = await expectOneEvent(['POST', '/api/v3/create-access-key', { type: 'x', scopes: ['users:read'] }], {
      action: 'access-key.create',
      result: OK,
    });
    const [{ accessKeyId, accessKeySecret }] = made.answer.body.data;
    expect(made.detail).toMatchObject({ accessKeyId });
    plant(accessKeySecret);
    const change = (name: string, body: object): [string, string, object] => [
      'POST',
      `/api/v3/${name}-access-key`,
      { accessKeyId, ...body },
    ];
    await expectOneEvent(change('update', { enable: false }), { action: 'access-key.disable', result: OK });
    await expectOneEvent(change('update', { enable: true }), { action: 'access-key.enable', result: OK });
    const issued = await server().call('POST', '/api/v3/get-management-token', {
      body: { accessKeyId, accessKeySecret },
    });
    expect(await eventsOf(issued)).toMatchObject([
      { action: 'access-key.issue-token', result: OK, actor: accessKeyId },
    ]);
    await expectOneEvent(change('delete', {}), { action: 'access-key.delete', result: OK });
    await expectOneEvent(change('delete', {}), { action: 'api.call', result: REFUSED });
  });

  it.each([
    '/api/v3/list-users',
    '/api/v3/get-user?userId=nobody',
    '/api/v3/get-user-batch?userIds=a',
    '/api/v3/list-access-key',
  ])('the reading call %s leaves one event', async (path) => {
    const { detail } = await expectOneEvent(['GET', path], { action: 'api.call', result: expect.any(String) as never });
    expect(detail.route).toBe(path.split('?')[0]);
  });

  it('a call without the scope leaves one event with its key', async () => {
    const weak = await server().createKey(['users:read']);
    const body = { accessKeyId: weak.key.accessKeyId, accessKeySecret: weak.secret };
    const weakToken = (await server().call('POST', '/api/v3/get-management-token', { body })).body.data.access_token;
    const refused = await server().call('POST', '/api/v3/create-user', { token: weakToken, body: {} });
    expect(await eventsOf(refused)).toMatchObject([
      { action: 'api.call', result: REFUSED, actor: weak.key.accessKeyId },
    ]);
  });

  it('a call that proves no key leaves one event without key, but with address and route', async () => {
    const calls: [string, Record<string, string>, unknown][] = [
      ['/api/v3/import-otp', {}, { list: [] }],
      ['/api/v3/import-otp', { authorization: 'Bearer nonsense' }, { list: [] }],
      ['/api/v3/import-otp', { authorization: 'authing a:b', date: new Date().toUTCString() }, { list: [] }],
      ['/api/v3/get-management-token', {}, { accessKeyId: key.key.accessKeyId, accessKeySecret: plantedSeed(7) }],
      ['/api/v3/import-otp', { 'content-type': 'text/plain', authorization: `Bearer ${token}` }, 'x'],
      ['/api/v3/import-otp', { authorization: `Bearer ${token}` }, '{"list":'],
    ];
    for (const [path, headers, body] of calls) {
      const answer = await server().call('POST', path, { headers, body });
      const events = [...(await eventsOf(answer)), ...(await eventsOf(answer, ''))];
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({
        action: 'api.call',
        result: REFUSED,
        address: expect.stringMatching(/127\.0\.0\.1$/),
      });
      expect(JSON.parse(events[0]?.detail ?? '{}').route).toBe(path);
    }
  });

  it.each([
    ['false', '127.0.0.1'],
    ['true', '203.0.113.7'],
  ])('with FACTORPORT_TRUST_PROXY=%s a call that came by a proxy is from %s', async (setting, address) => {
    await using proxied = await startTestServer(engine, { settings: { FACTORPORT_TRUST_PROXY: setting } });
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    await proxied.call('GET', '/api/v3/list-users', { headers, token: await proxied.token() });
    await proxied.services.audit.flush();
    const events = await proxied.services.store.read.audit.list(proxied.poolId, 10);
    const [event] = events.filter(({ action }) => action === 'api.call');
    expect(event?.address).toMatch(new RegExp(`${address.replaceAll('.', '\\.')}$`));
  });

  it('no event holds a secret', async () => {
    await server().services.audit.flush();
    const [rows] = await query(server(), 'select * from audit_event');
    const text = JSON.stringify(rows).toLowerCase();
    expect(rows?.length).toBeGreaterThan(20);
    const markers = [plantedSeed(0).slice(0, 16), SEED_MARKER.toString('hex'), CODE_MARKER, key.secret, token];
    for (const marker of markers) expect(text.includes(marker.toLowerCase())).toBe(false);
  });
});
