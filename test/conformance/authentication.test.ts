import { describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { startTestServer, type TestKey, type TestServer } from '../support/test-server.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { rawRequest, sendRaw } from './support/raw.ts';
import { signedHeaders, type ToSign } from './support/signing.ts';
import { useServer } from './support/use-server.ts';

const PATH = '/api/v3/is-user-exists';
const BODY = { username: 'nobody' };

describe.each(ENGINES)('%s: who is calling', (engine) => {
  const server = useServer(engine);

  /** A signed call; `sent` replaces headers after signing. */
  async function signedCall(
    key: TestKey,
    toSign: Partial<ToSign> = {},
    sent: Record<string, string> = {},
    to: TestServer = server(),
  ) {
    const headers = signedHeaders(key, { path: PATH, parameters: BODY, ...toSign });
    return (await to.call('POST', PATH, { headers: { ...headers, ...sent }, body: BODY })).body;
  }

  const dateAt = (offsetSeconds: number) => ({
    headers: { date: new Date(Date.now() + offsetSeconds * 1000).toUTCString() },
  });

  it('a request signed by the rule of the contract is let in', async () => {
    expectSuccess(await signedCall(await server().createKey()));
  });

  it('1300: a signature that does not cover what was sent is refused', async () => {
    const key = await server().createKey();
    const other = await server().createKey();
    expectFailure(await signedCall({ key: key.key, secret: other.secret }), 401, 1300);
    expectFailure(await signedCall({ key: { ...key.key, accessKeyId: 'nobody' }, secret: key.secret }), 401, 1300);
    expectFailure(await signedCall(key, { method: 'PUT' }), 401, 1300);
    expectFailure(await signedCall(key, { path: '/api/v3/list-users' }), 401, 1300);
    expectFailure(await signedCall(key, { parameters: { username: 'somebody' } }), 401, 1300);
    expectFailure(await signedCall(key, { parameters: {} }), 401, 1300);
    expectFailure(await signedCall(key, { parameters: { ...BODY, email: 'x' } }), 401, 1300);
    expectFailure(await signedCall(key, {}, { 'x-authing-lang': 'en' }), 401, 1300);
    expectFailure(await signedCall(key, {}, { date: new Date(Date.now() + 2000).toUTCString() }), 401, 1300);
    expectFailure(await signedCall(key, {}, { 'x-authing-signature-nonce': 'another' }), 401, 1300);
  });

  it('1300: an authorization that begins like a signature and is none is refused', async () => {
    const { key } = await server().createKey();
    for (const text of [
      'authing',
      'authing ',
      'authing x',
      `authing ${key.accessKeyId}:`,
      `authing ${key.accessKeyId}:?`,
    ]) {
      expectFailure(await signedCall(await server().createKey(), {}, { authorization: text }), 401, 1300);
    }
  });

  it('1301: a signature method other than HMAC-SHA1 is refused', async () => {
    const headers = { 'x-authing-signature-method': 'HMAC-SHA256' };
    expectFailure(await signedCall(await server().createKey(), { headers }), 401, 1301);
  });

  it('1302: a signature version other than 1.0 is refused', async () => {
    const headers = { 'x-authing-signature-version': '2.0' };
    expectFailure(await signedCall(await server().createKey(), { headers }), 401, 1302);
  });

  it.each([
    'yesterday',
    '2026-11-22',
    '2026-11-22T15:13:04Z',
    '-5',
    '1e12',
    'Sun, 22 Nov 2026 15:13:04 CST',
    '9'.repeat(20),
  ])('1303: the time "%s" cannot be read', async (date) => {
    expectFailure(await signedCall(await server().createKey(), { headers: { date } }), 401, 1303);
  });

  it('1304: a signed request without time is refused', async () => {
    const key = await server().createKey();
    expectFailure(await signedCall(key, { headers: { date: undefined } }), 401, 1304);
    expectFailure(await signedCall(key, { headers: { date: undefined, 'x-authing-date': '' } }), 401, 1304);
  });

  it('1305: a time further away than the window is refused, either way, and one within it is let in', async () => {
    const key = await server().createKey();
    expectFailure(await signedCall(key, dateAt(-330)), 401, 1305);
    expectFailure(await signedCall(key, dateAt(330)), 401, 1305);
    expectFailure(await signedCall(key, { headers: { date: '0' } }), 401, 1305);
    expectFailure(await signedCall(key, { headers: { date: '999999999999999' } }), 401, 1305);
    expectSuccess(await signedCall(key, dateAt(-270)));
    expectSuccess(await signedCall(key, dateAt(270)));
  });

  it('1305: the window is the setting FACTORPORT_CLOCK_SKEW_SECONDS', async () => {
    await using narrow = await startTestServer(engine, { settings: { FACTORPORT_CLOCK_SKEW_SECONDS: '30' } });
    const key = await narrow.createKey();
    expectFailure(await signedCall(key, dateAt(-60), {}, narrow), 401, 1305);
    expectSuccess(await signedCall(key, dateAt(-10), {}, narrow));
  });

  it('1306: a request sent twice is refused the second time, with and without a nonce', async () => {
    const key = await server().createKey();
    for (const nonce of ['once', undefined]) {
      const toSign = { path: PATH, parameters: BODY, headers: { 'x-authing-signature-nonce': nonce } };
      const headers = signedHeaders(key, toSign);
      const again = async () => (await server().call('POST', PATH, { headers, body: BODY })).body;
      expectSuccess(await again());
      expectFailure(await again(), 401, 1306);
    }
  });

  it('1306: a nonce is used up by a request with another content too, but only for its own key', async () => {
    const key = await server().createKey();
    const headers = { 'x-authing-signature-nonce': 'shared' };
    expectSuccess(await signedCall(key, { headers }));
    expectFailure(await signedCall(key, { headers: { ...headers, 'x-authing-lang': 'en' } }), 401, 1306);
    expectSuccess(await signedCall(await server().createKey(), { headers }));
  });

  it('1306: a wrong signature does not use up a nonce', async () => {
    const key = await server().createKey();
    const headers = { 'x-authing-signature-nonce': 'not used up' };
    expectFailure(await signedCall({ ...key, secret: 'guessed' }, { headers }), 401, 1300);
    expectSuccess(await signedCall(key, { headers }));
  });

  it('1306: of a hundred simultaneous equal requests one is let in', async () => {
    const key = await server().createKey();
    const headers = signedHeaders(key, { path: PATH, parameters: BODY });
    const send = async () => (await server().call('POST', PATH, { headers, body: BODY })).body;
    const answers = await Promise.all(Array.from({ length: 100 }, send));
    expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.apiCode === 1306)).toHaveLength(99);
  });

  it('1306: a nonce is remembered across a restart', async () => {
    const first = await startTestServer(engine);
    const key = await first.createKey();
    const headers = signedHeaders(key, { path: PATH, parameters: BODY });
    expectSuccess((await first.call('POST', PATH, { headers, body: BODY })).body);
    await first.stop();
    await using second = await startTestServer(engine, { database: first.database });
    expectFailure((await second.call('POST', PATH, { headers, body: BODY })).body, 401, 1306);
  });

  it('2333: a wrong secret and an unknown key get the same refusal instead of a token', async () => {
    const { key, secret } = await server().createKey();
    const attempts = [
      { accessKeyId: key.accessKeyId, accessKeySecret: `${secret.slice(0, -1)}x` },
      { accessKeyId: key.accessKeyId, accessKeySecret: secret.slice(0, -1) },
      { accessKeyId: 'nobody', accessKeySecret: secret },
    ];
    const answers = [];
    for (const body of attempts)
      answers.push((await server().call('POST', '/api/v3/get-management-token', { body })).body);
    for (const answer of answers) expectFailure(answer, 401, 2333);
    expect(new Set(answers.map((answer) => answer.message)).size).toBe(1);
  });

  it('2020: no authorization, an empty one, and every token that is not ours is refused', async () => {
    const token = await server().token();
    const [head, payload, signature] = token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = (header: object, body: object) =>
      [header, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const refused: (string | undefined)[] = [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      'Bearer nonsense',
      'Basic YTpi',
      `Bearer ${head}.${payload}.`,
      `Bearer ${head}.${payload}.${signature.slice(0, -2)}`,
      `Bearer ${forged({ alg: 'none' }, claims)}.`,
      `Bearer ${forged({ alg: 'HS256' }, { ...claims, scoped_userpool_id: 'other' })}.${signature}`,
      `Bearer ${token} ${token}`,
    ];
    for (const authorization of refused) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const { body, status } = await server().call('GET', '/api/v3/list-users', { headers });
      expect(status).toBe(200);
      expectFailure(body, 401, 2020);
    }
  });

  it('2020: a token is refused once its two hours are over', async () => {
    let now = Date.now();
    await using aging = await startTestServer(engine, { clock: () => now });
    const token = await aging.token();
    now += 7_190_000;
    expectSuccess((await aging.call('GET', '/api/v3/list-users', { token })).body);
    now += 20_000;
    expectFailure((await aging.call('GET', '/api/v3/list-users', { token })).body, 401, 2020);
  });

  it('2020: a token of another installation is refused', async () => {
    await using other = await startTestServer(engine);
    const token = await other.token();
    expectFailure((await server().call('GET', '/api/v3/list-users', { token })).body, 401, 2020);
  });

  it('a token works across a restart', async () => {
    const first = await startTestServer(engine);
    const token = await first.token();
    await first.stop();
    await using second = await startTestServer(engine, { database: first.database });
    expectSuccess((await second.call('GET', '/api/v3/list-users', { token })).body);
  });

  it('a disabled key gets no token, and a deleted one neither', async () => {
    const { key, secret } = await server().createKey();
    const actor = { poolId: server().poolId, id: 'cli', address: '', requestId: 'test' };
    const body = { accessKeyId: key.accessKeyId, accessKeySecret: secret };
    await server().services.accessKeys.setEnabled(actor, key.accessKeyId, false);
    expectFailure((await server().call('POST', '/api/v3/get-management-token', { body })).body, 403);
    await server().services.accessKeys.delete(actor, key.accessKeyId);
    expectFailure((await server().call('POST', '/api/v3/get-management-token', { body })).body, 401, 2333);
  });

  it('two Authorization headers are refused, even if each alone would be let in', async () => {
    const token = await server().token();
    const bytes = rawRequest('GET /api/v3/list-users HTTP/1.1', [
      ['Host', 'localhost'],
      ['Authorization', `Bearer ${token}`],
      ['authorization', `Bearer ${token}`],
    ]);
    const answer = await sendRaw(server().url, { bytes });
    expectFailure(JSON.parse(answer?.text ?? '{}'), 400);
  });
});

it('1306: a nonce used on one server is refused by another on the same database', async () => {
  await using first = await startTestServer('postgres');
  await using second = await startTestServer('postgres', { database: first.database });
  const key = await first.createKey();
  const headers = signedHeaders(key, { path: PATH, parameters: BODY });
  const send = (to: TestServer) => to.call('POST', PATH, { headers, body: BODY });
  const answers = await Promise.all([first, second, first, second].map(send));
  expect(answers.map((answer) => answer.body.apiCode).toSorted()).toEqual([1306, 1306, 1306, undefined]);
});
