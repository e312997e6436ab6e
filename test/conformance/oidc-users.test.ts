import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/http/routes/index.ts';
import { ENGINES } from '../support/engines.ts';
import { AUDIENCE, startOpenIdProvider, type TestProvider } from '../support/openid-provider.ts';
import { plantedSeed } from '../support/planted.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { codeAt } from './support/codes.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { ownUser } from './support/own-user.ts';
import { uniqueName } from './support/use-server.ts';

const LIST = '/api/v3/list-enrolled-factors';
const OTHER_ROUTES = ROUTES.filter((route) => route.scope !== 'user' && route.scope !== 'public');

describe.each(ENGINES)("%s: users of the company's OpenID provider", (engine) => {
  let now = Date.now();
  let provider: TestProvider;
  let server: TestServer;
  let backend: string;
  beforeAll(async () => {
    provider = await startOpenIdProvider();
    server = await startTestServer(engine, { clock: () => now, settings: settings() });
    backend = await server.token();
  });
  afterAll(async () => {
    await server?.stop();
    await provider?.stop();
  });

  const settings = (change: Record<string, string> = {}) => ({
    FACTORPORT_OIDC_ISSUER: provider.issuer,
    FACTORPORT_OIDC_AUDIENCE: AUDIENCE,
    ...change,
  });

  async function newUser(on: TestServer, profile: object, seedNumber: number): Promise<string> {
    const body = { ...profile, otp: { secret: plantedSeed(seedNumber) } };
    const made = await on.call('POST', '/api/v3/create-user', { token: await on.token(), body });
    return made.body.data.userId;
  }

  const introspect = async (token: string) =>
    (await server.call('POST', '/api/v1/mfa/token/introspection', { token: backend, body: { token } })).body.data;

  it('live their whole life here by its access token, and the backend sees what they have verified', async () => {
    const externalId = uniqueName('employee');
    const userId = await newUser(server, { externalId }, 730);
    const token = await provider.accessToken(externalId);
    const { client } = ownUser(server, userId, externalId, token);
    const { factorId } = (await client.listEnrolledFactors()).data[0] as { factorId: string };
    expectFailure(await client.resetFactor({ factorId }), 403, 1635);
    expect(await introspect(token)).toMatchObject({ active: true, userId, verified: false });
    expectSuccess(await client.mfaOtpVerify({ totp: codeAt(plantedSeed(730), now) }));
    expect(await introspect(token)).toMatchObject({ active: true, userId, verified: true, factorId });
    // Another token of the same user, as a second browser has it, has verified nothing.
    const second = await provider.accessToken(externalId);
    expect(await introspect(second)).toMatchObject({ active: true, userId, verified: false });
    expectSuccess(await client.resetFactor({ factorId }));
    expect((await client.listEnrolledFactors()).data).toEqual([]);
  });

  it('are told nothing about who is known here: an unknown user reads what a wrong token reads', async () => {
    const ask = async (token: string) => {
      const { status, body } = await server.call('GET', LIST, { token });
      return { status, ...body, requestId: '' };
    };
    const unknown = await ask(await provider.accessToken('nobody'));
    expect(unknown).toMatchObject({ status: 200, statusCode: 401, apiCode: 2020 });
    expect(await ask(await provider.accessToken('nobody', { audience: 'urn:example:elsewhere' }))).toEqual(unknown);
    expect(await introspect(await provider.accessToken('nobody'))).toEqual({ active: false });
  });

  it('get in by no token of the provider that was made for something else, on no user route', async () => {
    const externalId = uniqueName('employee');
    await newUser(server, { externalId }, 737);
    const elsewhere = await provider.accessToken(externalId, { audience: 'urn:example:elsewhere' });
    for (const token of [elsewhere, await provider.idToken(externalId)]) {
      for (const { method, path } of ROUTES.filter((route) => route.scope === 'user')) {
        const { body } = await server.call(method, path, { token, ...(method === 'POST' ? { body: {} } : {}) });
        expectFailure(body, 401, 2020);
      }
    }
  });

  it('are named by nothing but the claim that is set: not by their username, nor by their id here', async () => {
    const username = uniqueName('name');
    const userId = await newUser(server, { username, externalId: uniqueName('employee') }, 731);
    for (const account of [username, userId]) {
      const { body } = await server.call('GET', LIST, { token: await provider.accessToken(account) });
      expectFailure(body, 401, 2020);
    }
  });

  it('have tokens that are over like any other', async () => {
    const externalId = uniqueName('employee');
    await newUser(server, { externalId }, 732);
    const token = await provider.accessToken(externalId);
    expectSuccess((await server.call('GET', LIST, { token })).body);
    const before = now;
    now += 2 * 3_600_000;
    expectFailure((await server.call('GET', LIST, { token })).body, 401, 2020);
    now = before;
  });

  it('come in nowhere else: no route for keys takes their tokens', async () => {
    const externalId = uniqueName('employee');
    await newUser(server, { externalId }, 733);
    const token = await provider.accessToken(externalId);
    for (const { method, path } of OTHER_ROUTES) {
      const { body } = await server.call(method, path, { token, ...(method === 'POST' ? { body: {} } : {}) });
      expectFailure(body, 401, 2020);
    }
  });

  it('may be named by another claim and another kind of identifier, if the settings say so', async () => {
    const change = { FACTORPORT_OIDC_USER_CLAIM: 'email', FACTORPORT_OIDC_USER_ID_TYPE: 'email' };
    await using other = await startTestServer(engine, { settings: settings(change) });
    const email = `${uniqueName('mail')}@Example.com`;
    await newUser(other, { email }, 734);
    const ask = async (claims: Record<string, unknown>) =>
      (await other.call('GET', LIST, { token: await provider.accessToken('any', { claims }) })).body;
    expect((await ask({ email: email.toLowerCase() })).data).toHaveLength(1);
    expectFailure(await ask({ email, email_verified: false }), 401, 2020);
    expectFailure(await ask({}), 401, 2020);
  });

  it('are not known at all where no provider is set', async () => {
    await using other = await startTestServer(engine);
    const externalId = uniqueName('employee');
    await newUser(other, { externalId }, 735);
    const token = await provider.accessToken(externalId);
    expectFailure((await other.call('GET', LIST, { token })).body, 401, 2020);
  });

  it('are served while the provider is away, if its keys were read before; otherwise it is HTTP 503', async () => {
    await using own = await startOpenIdProvider();
    const ofOwn = { settings: settings({ FACTORPORT_OIDC_ISSUER: own.issuer }) };
    const externalId = uniqueName('employee');
    const token = await own.accessToken(externalId);
    await using early = await startTestServer(engine, ofOwn);
    await newUser(early, { externalId }, 736);
    expectSuccess((await early.call('GET', LIST, { token })).body);
    await own.stop();
    expectSuccess((await early.call('GET', LIST, { token })).body);

    await using late = await startTestServer(engine, ofOwn);
    const away = await late.call('GET', LIST, { token });
    expect(away.status).toBe(503);
    expectFailure(away.body, 503);
    const asked = { token: await late.token(), body: { token } };
    expect((await late.call('POST', '/api/v1/mfa/token/introspection', asked)).status).toBe(503);
    const verify = await late.call('POST', '/api/v3/mfa-totp-verify', { token, body: { totp: '123456' } });
    expect(verify).toMatchObject({ status: 503, body: { data: { verified: false } } });
  });
});
