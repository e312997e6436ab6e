import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { SCOPES } from '../../src/access/scopes.ts';
import { ROUTES } from '../../src/http/routes/index.ts';
import { newId } from '../../src/ids.ts';
import { ENGINES } from '../support/engines.ts';
import { plant, plantedSeed } from '../support/planted.ts';
import type { TestServer } from '../support/test-server.ts';
import { codeAt } from './support/codes.ts';
import { snapshot } from './support/database.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { mfaToken, newOwnUser, type OwnUser } from './support/own-user.ts';
import { rawRequest, sendRaw } from './support/raw.ts';
import { signedHeaders } from './support/signing.ts';
import { useServer } from './support/use-server.ts';

const USER_ROUTES = ROUTES.filter((route) => route.scope === 'user');
const KEY_ROUTES = ROUTES.filter((route) => route.scope !== 'user' && route.scope !== 'public');
const INTROSPECTION = '/api/v1/mfa/token/introspection';
const SIX_MINUTES_MS = 6 * 60_000;

/** A token of a key and its pool, on the same server. */
async function otherPool(server: TestServer): Promise<{ poolId: string; token: string }> {
  const poolId = newId(Date.now() + 60_000);
  await server.services.store.transaction((queries) =>
    queries.pools.insert({ pool_id: poolId, name: 'other', created_at: Date.now() + 60_000 }),
  );
  const actor = { poolId, id: 'cli', address: '', requestId: 'test' };
  const { key, secret } = await server.services.accessKeys.create(actor, { scopes: SCOPES });
  const body = { accessKeyId: key.accessKeyId, accessKeySecret: secret };
  const answer = await server.call('POST', '/api/v3/get-management-token', { body });
  plant(answer.body.data.access_token);
  return { poolId, token: answer.body.data.access_token };
}

describe.each(ENGINES)('%s: tokens of users', (engine) => {
  let now = Date.now();
  const server = useServer(engine, { clock: () => now });
  let backend: string;
  beforeAll(async () => {
    backend = await server().token();
  });

  const introspect = async (token: string, asker = backend) =>
    (await server().call('POST', INTROSPECTION, { token: asker, body: { token } })).body;

  it('there is a user route for each that the document has', () => {
    expect(USER_ROUTES.map((route) => route.path.split('/').pop()).toSorted()).toEqual([
      'enroll-factor',
      'get-factor',
      'list-enrolled-factors',
      'list-factors-to-enroll',
      'mfa-totp-verify',
      'reset-factor',
      'send-enroll-factor-request',
    ]);
  });

  it('a backend gets one for a user by every kind of name, good for six minutes', async () => {
    const { userId, username } = await newOwnUser(server());
    for (const named of [{ userId }, { userId: username, userIdType: 'username' }]) {
      const { status, body } = await server().call('POST', '/api/v1/mfa-tokens', { token: backend, body: named });
      expect(status).toBe(200);
      plant(body.data.token);
      expect(body.data).toEqual({
        token: expect.any(String),
        expiresIn: 360,
        expiresAt: new Date(Math.floor(now / 1000) * 1000 + SIX_MINUTES_MS).toISOString(),
      });
      expect(await introspect(body.data.token)).toMatchObject({ data: { active: true, userId } });
    }
    const unknown = await server().call('POST', '/api/v1/mfa-tokens', { token: backend, body: { userId: 'nobody' } });
    expect(unknown.status).toBe(404);
    expectFailure(unknown.body, 404, 2004);
  });

  it('is taken bare and after Bearer, in any case, and x-authing-app-id beside it means nothing', async () => {
    const { token, userId } = await newOwnUser(server(), 720);
    const other = await newOwnUser(server());
    for (const authorization of [token, `Bearer ${token}`, `bearer  ${token}`, `BEARER ${token}`]) {
      for (const appId of ['', 'app', other.userId, server().poolId]) {
        const headers = { authorization, 'x-authing-app-id': appId, 'x-authing-userpool-id': appId };
        const { body } = await server().call('GET', '/api/v3/list-enrolled-factors', { headers });
        expectSuccess(body);
        expect(body.data).toHaveLength(1);
      }
    }
    expect((await introspect(token)).data.userId).toBe(userId);
  });

  const rowsOf = async (...users: OwnUser[]) => {
    const { factor = [], verified_token: verified = [], pending_enrolment: pending = [] } = await snapshot(server());
    return [...factor, ...verified, ...pending].filter((row) => users.some(({ userId }) => row.includes(userId)));
  };

  /** Everything that is no token of a user of this pool, made anew for each route. */
  const BAD: Record<string, (user: OwnUser, path: string, method: string) => Promise<Record<string, string>>> = {
    nothing: async () => ({}),
    'an empty bearer': async () => ({ authorization: 'Bearer ' }),
    'what is no token': async () => ({ authorization: 'Bearer opaque' }),
    'a management token': async () => ({ authorization: `Bearer ${backend}` }),
    'a bare management token': async () => ({ authorization: backend }),
    'a signature': async (_user, path, method) => signedHeaders(await server().createKey(), { method, path }),
    'a token that is over': async ({ userId }) => {
      const token = await mfaToken(server(), backend, userId);
      now += SIX_MINUTES_MS;
      backend = await server().token();
      return { authorization: token };
    },
    'a token whose user is deleted': async () => {
      const { userId, token } = await newOwnUser(server());
      await server().call('POST', '/api/v3/delete-users-batch', { token: backend, body: { userIds: [userId] } });
      return { authorization: token };
    },
    'a token whose key is disabled': async ({ userId }) => ({ authorization: await endedToken(userId, 'disable') }),
    'a token whose key is deleted': async ({ userId }) => ({ authorization: await endedToken(userId, 'delete') }),
    'a token with another user written in': async ({ token }) => {
      const [header, payload = '', signature] = token.split('.');
      const { userId } = await newOwnUser(server());
      const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: userId };
      const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
      return { authorization: `${header}.${changed}.${signature}` };
    },
    'a token that somebody else signed': async ({ token }) => {
      const text = token.split('.').slice(0, 2).join('.');
      return { authorization: `${text}.${createHmac('sha256', 'guess').update(text).digest('base64url')}` };
    },
  };

  async function endedToken(userId: string, how: 'disable' | 'delete'): Promise<string> {
    const { key, secret } = await server().createKey(['tokens:issue']);
    const body = { accessKeyId: key.accessKeyId, accessKeySecret: secret };
    const issued = await server().call('POST', '/api/v3/get-management-token', { body });
    const token = await mfaToken(server(), issued.body.data.access_token, userId);
    expect((await introspect(token)).data.active).toBe(true);
    const { accessKeyId } = key;
    const [path, change] =
      how === 'delete'
        ? ['/api/v3/delete-access-key', { accessKeyId }]
        : ['/api/v3/update-access-key', { accessKeyId, enable: false }];
    expectSuccess((await server().call('POST', path, { token: backend, body: change })).body);
    return token;
  }

  it.each(Object.keys(BAD))(
    'no user route takes %s: 401 with 2020, and introspection says no more than that',
    async (name) => {
      const user = await newOwnUser(server(), 722);
      const before = await rowsOf(user);
      for (const { method, path } of USER_ROUTES) {
        const headers = await (BAD[name] as (typeof BAD)[string])(user, path, method);
        const { status, body } = await server().call(method, path, {
          headers,
          ...(method === 'POST' ? { body: {} } : {}),
        });
        expect({ path, status }).toEqual({ path, status: 200 });
        expectFailure(body, 401, 2020);
        const token = headers.authorization?.replace(/^bearer */i, '');
        if (token) expect(await introspect(token)).toMatchObject({ statusCode: 200, data: { active: false } });
      }
      expect(await rowsOf(user)).toEqual(before);
    },
  );

  it('is taken by no route for keys', async () => {
    const { token } = await newOwnUser(server());
    expect(KEY_ROUTES.length).toBeGreaterThan(15);
    for (const { method, path } of KEY_ROUTES) {
      const { body } = await server().call(method, path, { token, ...(method === 'POST' ? { body: {} } : {}) });
      expectFailure(body, 401, 2020);
    }
  });

  it('two Authorization headers are refused rather than chosen from', async () => {
    const { token } = await newOwnUser(server());
    const bytes = rawRequest('GET /api/v3/list-enrolled-factors HTTP/1.1', [
      ['host', 'localhost'],
      ['authorization', token],
      ['authorization', token],
      ['connection', 'close'],
    ]);
    const answer = await sendRaw(server().url, { bytes });
    expectFailure(JSON.parse(answer?.text ?? '{}'), 400);
  });

  describe('of one user reach nothing of another', () => {
    let mine: OwnUser;
    let theirs: OwnUser;
    let theirFactorId: string;
    beforeAll(async () => {
      backend = await server().token();
      mine = await newOwnUser(server());
      theirs = await newOwnUser(server(), 723);
      theirFactorId = (await theirs.client.listEnrolledFactors()).data[0]?.factorId as string;
    });

    it('get-factor: the same words as for a factor that nobody has', async () => {
      const ask = async (factorId: string) =>
        (await mine.call('GET', `/api/v3/get-factor?factorId=${factorId}&userId=${theirs.userId}`)).body;
      const answer = await ask(theirFactorId);
      expectFailure(answer, 404);
      expect({ ...answer, requestId: '' }).toEqual({ ...(await ask(newId(now))), requestId: '' });
    });

    it('list-enrolled-factors and list-factors-to-enroll: whoever else is named', async () => {
      const query = `userId=${theirs.userId}&user_id=${theirs.userId}`;
      expect((await mine.call('GET', `/api/v3/list-enrolled-factors?${query}`)).body.data).toEqual([]);
      expect((await mine.call('GET', `/api/v3/list-factors-to-enroll?${query}`)).body.data).toHaveLength(1);
    });

    it('mfa-totp-verify: a code of theirs verifies nothing of mine, and nothing is counted against them', async () => {
      const body = { totp: codeAt(plantedSeed(723), now), userId: theirs.userId };
      expectFailure((await mine.call('POST', '/api/v3/mfa-totp-verify', body)).body, 404);
      const withOtp = await newOwnUser(server(), 724);
      expectFailure((await withOtp.call('POST', '/api/v3/mfa-totp-verify', body)).body, 400, 6001);
      expect((await introspect(withOtp.token)).data.verified).toBe(false);
      expect(await server().services.store.read.factors.find(server().poolId, theirs.userId)).toMatchObject({
        ...{ failures: 0, last_step: -1 },
      });
    });

    it('reset-factor: not even with a token that has verified its own', async () => {
      const verified = await newOwnUser(server(), 725);
      expectSuccess(await verified.client.mfaOtpVerify({ totp: codeAt(plantedSeed(725), now) }));
      const ask = async (user: OwnUser, factorId: string) =>
        (await user.call('POST', '/api/v3/reset-factor', { factorId, userId: theirs.userId })).body;
      for (const user of [mine, verified]) {
        const answer = await ask(user, theirFactorId);
        expectFailure(answer, 404);
        expect({ ...answer, requestId: '' }).toEqual({ ...(await ask(user, newId(now))), requestId: '' });
      }
      expect((await theirs.client.listEnrolledFactors()).data).toHaveLength(1);
    });

    it('send-enroll-factor-request and enroll-factor: a token of theirs finishes nothing', async () => {
      const them = await newOwnUser(server());
      const body = { factorType: 'OTP', profile: {}, userId: mine.userId };
      const begun = (await them.call('POST', '/api/v3/send-enroll-factor-request', body)).body.data;
      const enrol = { factorType: 'OTP', enrollmentToken: begun.enrollmentToken, userId: them.userId };
      const passCode = codeAt(new URL(begun.otpData.qrCodeUri).searchParams.get('secret') as string, now);
      const ask = (user: OwnUser) =>
        user.call('POST', '/api/v3/enroll-factor', { ...enrol, enrollmentData: { passCode } });
      expectFailure((await ask(mine)).body, 400);
      await mine.call('POST', '/api/v3/send-enroll-factor-request', body);
      expectFailure((await ask(mine)).body, 400);
      expect((await mine.client.listEnrolledFactors()).data).toEqual([]);
      expectSuccess((await ask(them)).body);
    });

    it('nor does a user of another pool with the same id, or the name of that pool', async () => {
      const other = await otherPool(server());
      const list = [{ userId: theirs.userId, otp: { secret: plantedSeed(726) } }];
      const body = { list, options: { createMissingUsers: true } };
      expectSuccess((await server().call('POST', '/api/v3/import-otp', { token: other.token, body })).body);
      const twin = await mfaToken(server(), other.token, theirs.userId);
      const call = (path: string, headers: Record<string, string> = {}) =>
        server().call('GET', path, { headers: { authorization: twin, ...headers } });
      expectFailure((await call(`/api/v3/get-factor?factorId=${theirFactorId}`)).body, 404);
      expect((await call('/api/v3/list-enrolled-factors')).body.data[0].factorId).not.toBe(theirFactorId);
      const named = { 'x-authing-userpool-id': server().poolId };
      expectFailure((await call('/api/v3/list-enrolled-factors', named)).body, 403, 2224);
      expect(await introspect(twin)).toMatchObject({ data: { active: false } });
      expect(await introspect(twin, other.token)).toMatchObject({ data: { active: true } });
      const unknown = { token: other.token, body: { userId: mine.userId } };
      expectFailure((await server().call('POST', '/api/v1/mfa-tokens', unknown)).body, 404, 2004);
    });
  });

  it('introspection tells whether the factor was verified, until the token ends or the factor is another', async () => {
    const user = await newOwnUser(server(), 727);
    const { data: fresh } = await introspect(user.token);
    expect(fresh).toEqual({ active: true, userId: user.userId, expiresAt: expect.any(String), verified: false });
    expectSuccess(await user.client.mfaOtpVerify({ totp: codeAt(plantedSeed(727), now) }));
    const { factorId } = (await user.client.listEnrolledFactors()).data[0] as { factorId: string };
    const verified = { verified: true, verifiedAt: new Date(now).toISOString(), factorId };
    expect((await introspect(user.token)).data).toEqual({ ...fresh, ...verified });
    const second = await mfaToken(server(), backend, user.userId);
    expect((await introspect(second)).data.verified).toBe(false);

    const list = [{ userId: user.userId, otp: { secret: plantedSeed(728) } }];
    await server().call('POST', '/api/v3/import-otp', { token: backend, body: { list } });
    expect((await introspect(user.token)).data).toEqual(fresh);
    now += SIX_MINUTES_MS;
    backend = await server().token();
    expect(await introspect(user.token)).toMatchObject({ statusCode: 200, data: { active: false } });
  });

  it('a token that is issued leaves an audit event with the key, the user and the id, and not the token', async () => {
    const { userId } = await newOwnUser(server());
    const body = { userId };
    const { headers, ...answer } = await server().call('POST', '/api/v1/mfa-tokens', { token: backend, body });
    const token = answer.body.data.token as string;
    const events = (await server().services.store.read.audit.list(server().poolId, 10_000)).filter(
      (event) => event.request_id === headers.get('x-request-id'),
    );
    expect(events).toMatchObject([{ action: 'mfa-token.issue', result: 'ok', user_id: userId }]);
    expect(events[0]?.actor).toMatch(/^[0-9a-f]{24}$/);
    for (const part of token.split('.')) expect(JSON.stringify(events)).not.toContain(part);
  });

  it('what is over is deleted when its time has come', async () => {
    const user = await newOwnUser(server(), 729);
    expectSuccess(await user.client.mfaOtpVerify({ totp: codeAt(plantedSeed(729), now) }));
    const begun = await newOwnUser(server());
    await begun.client.sendEnrollFactorRequest({ factorType: 'OTP' as never, profile: {} });
    const forget = (time: number) =>
      server().services.store.transaction(async (queries) => {
        await queries.verifiedTokens.forgetExpired(time);
        await queries.pendingEnrolments.forgetExpired(time);
      });
    await forget(now);
    expect(await rowsOf(user, begun)).toHaveLength(3);
    await forget(now + 60 * 60_000);
    expect(await rowsOf(user, begun)).toHaveLength(1);
  });
});
