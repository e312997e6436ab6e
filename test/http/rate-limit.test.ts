import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCounterNames, createRecentSet, networkOf } from '../../src/http/rate-limit.ts';
import { query } from '../conformance/support/database.ts';
import { rawRequest, sendRaw } from '../conformance/support/raw.ts';
import { signedHeaders } from '../conformance/support/signing.ts';
import { type CallOptions, startTestServer, type TestKey, type TestServer } from '../support/test-server.ts';

const USERS = '/api/v3/list-users';
const VERIFY = '/api/v1/otp/verify';
const GET_TOKEN = '/api/v3/get-management-token';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Only the time of day stands still, so that a window ends when a test says so; timers run as ever. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function start(settings: Readonly<Record<string, string>>): Promise<TestServer> {
  return startTestServer('sqlite', { settings, clock: () => Date.now() });
}

function startWithBudget(perAddress: number, settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return start({ FACTORPORT_RATE_LIMIT_PER_ADDRESS: String(perAddress), ...settings });
}

async function statusOf(server: TestServer, options: CallOptions = {}): Promise<number> {
  return (await server.call('GET', USERS, options)).body.statusCode;
}

/** Calls without any credential, from an address where it is the proxy that tells it. */
async function strangers(server: TestServer, count: number, address?: string): Promise<number[]> {
  const headers: Record<string, string> = address === undefined ? {} : { 'x-forwarded-for': address };
  const statuses: number[] = [];
  while (statuses.length < count) statuses.push(await statusOf(server, { headers }));
  return statuses;
}

function tokenRequest({ key, secret }: TestKey): CallOptions {
  return { body: { accessKeyId: key.accessKeyId, accessKeySecret: secret } };
}

describe('the budget of an address', () => {
  it('lets through exactly as many refusals a minute as the setting says, and is whole again a minute later', async () => {
    await using server = await startWithBudget(3);
    expect(await strangers(server, 5)).toEqual([401, 401, 401, 429, 429]);
    vi.setSystemTime(Date.now() + MINUTE_MS - 1);
    expect(await strangers(server, 1)).toEqual([429]);
    vi.setSystemTime(Date.now() + 1);
    expect(await strangers(server, 4)).toEqual([401, 401, 401, 429]);
  });

  it.each([
    ['GET', USERS],
    ['POST', VERIFY],
  ])('refuses %s %s with HTTP 429, Retry-After and the envelope', async (method, path) => {
    await using server = await startWithBudget(1);
    await strangers(server, 1);
    vi.setSystemTime(Date.now() + 20_500);
    const options = method === 'POST' ? { body: { userId: 'x', code: '123456' } } : {};
    const { status, headers, body } = await server.call(method, path, options);
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('40');
    expect(body).toMatchObject({ statusCode: 429, message: '请求过于频繁，请 40 秒后重试。' });
    expect(body.requestId).toBe(headers.get('x-request-id'));
    if (path === VERIFY) expect(body.data).toEqual({ verified: false });
  });

  it('is used up by every way of not proving a key, and by nothing that proves one', async () => {
    await using server = await startWithBudget(5);
    const made = await server.createKey();
    const wrongSecret = { ...made, secret: made.secret.replaceAll('1', '2') };
    const token = await server.token([]);
    for (let count = 0; count < 10; count++) expect(await statusOf(server, { token })).toBe(403);
    expect(await statusOf(server)).toBe(401);
    expect(await statusOf(server, { token: 'no token' })).toBe(401);
    const headers = signedHeaders(wrongSecret, { method: 'GET', path: USERS });
    expect(await statusOf(server, { headers })).toBe(401);
    expect((await server.call('POST', GET_TOKEN, tokenRequest(wrongSecret))).body.statusCode).toBe(401);
    expect((await server.call('POST', GET_TOKEN, { body: {} })).body.statusCode).toBe(400);
    expect(await strangers(server, 1)).toEqual([429]);
  });

  it('covers the pages, and never the probes of an orchestrator', async () => {
    await using server = await startWithBudget(2);
    const statuses: number[] = [];
    for (const path of ['/docs', '/openapi.json', '/docs', '/openapi.json', '/health/live', '/health/ready']) {
      statuses.push((await server.call('GET', path)).status);
    }
    expect(statuses).toEqual([200, 200, 429, 429, 200, 200]);
  });

  it('is without end where it is set to 0', async () => {
    await using server = await startWithBudget(0);
    expect(new Set(await strangers(server, 50))).toEqual(new Set([401]));
  });

  it('is not used up by faults of the service', async () => {
    await using server = await startWithBudget(2);
    const key = await server.createKey();
    const find = vi.spyOn(server.services.accessKeys, 'unlock').mockRejectedValue(new Error('the database is away'));
    const send = () => statusOf(server, { headers: signedHeaders(key, { method: 'GET', path: USERS }) });
    for (let count = 0; count < 4; count++) expect(await send()).toBe(500);
    find.mockRestore();
    expect(await send()).toBe(200);
  });
});

describe('an address over its budget', () => {
  it('still serves an access key that was proven from it in the last hour, by signature and by token', async () => {
    await using server = await startWithBudget(2);
    const [known, unknown] = [await server.createKey(), await server.createKey()];
    const token = (await server.call('POST', GET_TOKEN, tokenRequest(known))).body.data.access_token;
    const signed = (key: TestKey) => statusOf(server, { headers: signedHeaders(key, { method: 'GET', path: USERS }) });
    expect(await strangers(server, 3)).toEqual([401, 401, 429]);
    expect(await signed(known)).toBe(200);
    expect(await statusOf(server, { token })).toBe(200);
    expect((await server.call('POST', GET_TOKEN, tokenRequest(known))).body.statusCode).toBe(200);
    expect(await signed(unknown)).toBe(429);
    expect((await server.call('POST', GET_TOKEN, tokenRequest(unknown))).status).toBe(429);
  });

  it('checks what names such a key as ever', async () => {
    await using server = await startWithBudget(1);
    const known = await server.createKey();
    const token: string = (await server.call('POST', GET_TOKEN, tokenRequest(known))).body.data.access_token;
    await strangers(server, 1);
    const [head, payload] = token.split('.');
    expect(await statusOf(server, { token: `${head}.${payload}.${'A'.repeat(43)}` })).toBe(401);
    const wrongSecret = { ...known, secret: 'f'.repeat(48) };
    expect(await statusOf(server, { headers: signedHeaders(wrongSecret, { method: 'GET', path: USERS }) })).toBe(401);
    expect((await server.call('POST', GET_TOKEN, tokenRequest(wrongSecret))).body.statusCode).toBe(401);
    expect(await strangers(server, 1)).toEqual([429]);
  });

  it('takes no token that names no such key for one that does', async () => {
    await using server = await startWithBudget(1);
    await server.token();
    await strangers(server, 1);
    const payloads = [
      {},
      { sub: '' },
      { sub: 1 },
      { sub: null },
      { sub: { toString: 1 } },
      { sub: ['x'] },
      'text',
      null,
    ];
    const parts = payloads.map((payload) => Buffer.from(JSON.stringify(payload)).toString('base64url'));
    const tokens = parts.map((part) => `eyJhbGciOiJIUzI1NiJ9.${part}.${'A'.repeat(43)}`);
    for (const token of [...tokens, '..', 'a.b.c', '']) expect(await statusOf(server, { token }), token).toBe(429);
  });

  it('forgets a key that was not proven for an hour', async () => {
    await using server = await startWithBudget(1);
    const key = await server.createKey();
    const send = () => statusOf(server, { headers: signedHeaders(key, { method: 'GET', path: USERS }) });
    expect(await send()).toBe(200);
    vi.setSystemTime(Date.now() + HOUR_MS - 1);
    expect(await strangers(server, 2)).toEqual([401, 429]);
    expect(await send()).toBe(200);
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await strangers(server, 2)).toEqual([401, 429]);
    expect(await send()).toBe(429);
  });

  it('does not serve a key that was proven from another address', async () => {
    await using server = await startWithBudget(1, { FACTORPORT_TRUST_PROXY: 'true' });
    const token = await server.token();
    const from = (address: string) => ({ token, headers: { 'x-forwarded-for': address } });
    expect(await statusOf(server, from('192.0.2.1'))).toBe(200);
    await strangers(server, 1, '192.0.2.1');
    await strangers(server, 1, '192.0.2.2');
    expect(await statusOf(server, from('192.0.2.1'))).toBe(200);
    expect(await statusOf(server, from('192.0.2.2'))).toBe(429);
  });

  it.each([
    ['a small', ['content-length', '1000'], 'keep-alive'],
    ['a large', ['content-length', '60000000'], 'close'],
    ['an endless', ['transfer-encoding', 'chunked'], 'close'],
  ] as const)('is refused before %s body has come', async (_size, length, connection) => {
    await using server = await startWithBudget(1);
    await strangers(server, 1);
    const headers = [['host', 'x'], ['content-type', 'application/json'], length] as const;
    for (const path of ['/api/v3/import-otp', GET_TOKEN]) {
      const answer = await sendRaw(server.url, { bytes: rawRequest(`POST ${path} HTTP/1.1`, headers, '1\r\n{') });
      expect(answer?.status).toBe(429);
      expect(answer?.headers.connection).toBe(connection);
    }
  });

  it('gets a whole answer to a large body, and can call again', async () => {
    await using server = await startWithBudget(1);
    await strangers(server, 1);
    const body = Buffer.alloc(20 * 1024 * 1024, 0x20);
    const headers = { 'content-type': 'application/json' };
    for (let count = 0; count < 5; count++) {
      const answer = await server.call('POST', '/api/v3/import-otp', { headers, body });
      expect(answer.body).toMatchObject({ statusCode: 429 });
    }
    expect((await server.call('GET', '/health/live')).status).toBe(200);
  });

  it('leaves few events in the audit log, and one that says how many are not there', async () => {
    await using server = await startWithBudget(1);
    const count = 300;
    await Promise.all(Array.from({ length: count }, () => strangers(server, 1)));
    await server.services.audit.flush();
    const [rows = []] = await query(server, 'select action, detail from audit_event');
    const details = rows.map(({ detail }) => JSON.parse(String(detail)));
    const kept = details.filter(({ statusCode }) => statusCode === 429).length;
    const dropped = details.reduce((sum, detail) => sum + (detail.dropped ?? 0), 0);
    expect(dropped).toBeGreaterThan(0);
    expect(kept + dropped + details.filter(({ statusCode }) => statusCode === 401).length).toBe(count);
  });
});

describe('addresses', () => {
  it('have a budget each', async () => {
    await using server = await startWithBudget(2, { FACTORPORT_TRUST_PROXY: 'true' });
    expect(await strangers(server, 3, '192.0.2.1')).toEqual([401, 401, 429]);
    expect(await strangers(server, 3, '192.0.2.2')).toEqual([401, 401, 429]);
  });

  it('of IPv6 share one by the first 64 bits', async () => {
    await using server = await startWithBudget(3, { FACTORPORT_TRUST_PROXY: 'true' });
    const one = ['2001:db8::1', '2001:DB8:0:0:ffff::', '2001:0db8:0000:0000:1:2:3:4', '2001:db8::2'];
    const statuses: number[] = [];
    for (const address of one) statuses.push(...(await strangers(server, 1, address)));
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect(await strangers(server, 1, '2001:db8:0:1::1')).toEqual([401]);
  });

  it('are what the connection says where no proxy is trusted', async () => {
    await using server = await startWithBudget(1);
    expect(await strangers(server, 1, '192.0.2.1')).toEqual([401]);
    expect(await strangers(server, 1, '192.0.2.2')).toEqual([429]);
  });
});

describe('the limit of an access key', () => {
  const settings = { FACTORPORT_RATE_LIMIT_PER_KEY: '2', FACTORPORT_RATE_LIMIT_PER_ADDRESS: '1' };

  it('lets through exactly as many requests a second as the setting says, and counts each key by itself', async () => {
    await using server = await start(settings);
    const [first, second] = [await server.token(), await server.token()];
    const send = async (token: string) => (await server.call('GET', USERS, { token })).status;
    vi.setSystemTime(Date.now() + 1_000);
    expect([await send(first), await send(first), await send(first)]).toEqual([200, 200, 429]);
    expect([await send(second), await send(second), await send(second)]).toEqual([200, 200, 429]);
    vi.setSystemTime(Date.now() + 1_000);
    expect([await send(first), await send(first), await send(first)]).toEqual([200, 200, 429]);
  });

  it('answers 429 with Retry-After in one second, in both dialects', async () => {
    await using server = await start(settings);
    const token = await server.token();
    for (let count = 0; count < 2; count++) await server.call('GET', USERS, { token });
    for (const path of ['/api/v3/is-user-exists', VERIFY]) {
      const { status, headers, body } = await server.call('POST', path, { token, body: {} });
      expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 429, retryAfter: '1' });
      expect(body.statusCode).toBe(429);
    }
  });

  it('counts only what is proven, so that nobody else can use it up', async () => {
    await using server = await start({ ...settings, FACTORPORT_RATE_LIMIT_PER_ADDRESS: '0' });
    const key = await server.createKey();
    const forged = { ...key, secret: 'f'.repeat(48) };
    const send = (by: TestKey) => statusOf(server, { headers: signedHeaders(by, { method: 'GET', path: USERS }) });
    for (let count = 0; count < 5; count++) expect(await send(forged)).toBe(401);
    expect([await send(key), await send(key), await send(key)]).toEqual([200, 200, 429]);
  });

  it('costs the address nothing', async () => {
    await using server = await start(settings);
    const token = await server.token();
    for (let count = 0; count < 9; count++) await server.call('GET', USERS, { token });
    expect(await strangers(server, 2)).toEqual([401, 429]);
  });

  it('names the key in the log and in the audit event', async () => {
    await using server = await start({ ...settings, FACTORPORT_RATE_LIMIT_PER_KEY: '1' });
    const key = await server.createKey();
    const statuses: number[] = [];
    for (let count = 0; count < 2; count++) {
      statuses.push(await statusOf(server, { headers: signedHeaders(key, { method: 'GET', path: USERS }) }));
    }
    expect(statuses).toEqual([200, 429]);
    await server.services.audit.flush();
    const [rows = []] = await query(server, "select detail from audit_event where action = 'api.call'");
    const refused = rows.map(({ detail }) => JSON.parse(String(detail))).filter((one) => one.statusCode === 429);
    expect(refused).toMatchObject([{ error: 'rate_limited', accessKeyId: key.key.accessKeyId }]);
  });
});

describe('a flood from many addresses', () => {
  it('finds a bounded number of counters', () => {
    const counterOf = createCounterNames(randomBytes(16));
    const counters = new Set(Array.from({ length: 100_000 }, (_, index) => counterOf(`198.${index}`)));
    expect(counters.size).toBeLessThanOrEqual(65_536);
    expect([...counters].every((name) => /^[0-9a-f]{4}$/.test(name))).toBe(true);
  });

  it('cannot tell which addresses share a counter: another process has them otherwise', () => {
    const addresses = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}`);
    const [one, another] = [1, 2].map(() => addresses.map(createCounterNames(randomBytes(16))));
    expect(one).not.toEqual(another);
  });

  it('leaves a bounded number of proofs, the latest', () => {
    let now = 0;
    const proofs = createRecentSet(100, HOUR_MS, () => now++);
    proofs.add('first');
    for (let number = 0; number < 1_000; number++) {
      proofs.add(`proof ${number}`);
      if (number % 50 === 0) proofs.add('first');
    }
    expect(proofs.size).toBe(100);
    expect(['first', 'proof 999', 'proof 910', 'proof 800'].map((proof) => proofs.has(proof))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['2001:db8::192.0.2.1', '2001:db8:0:0::/64'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('counts %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
