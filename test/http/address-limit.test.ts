import { describe, expect, it, vi } from 'vitest';
import { query } from '../conformance/support/database.ts';
import { rawRequest, sendRaw } from '../conformance/support/raw.ts';
import {
  GET_TOKEN,
  HOUR_MS,
  MINUTE_MS,
  signed,
  startLimited,
  statusOf,
  strangers,
  tokenRequest,
  USERS,
  useStandingClock,
  VERIFY,
} from './rate-limits.ts';

useStandingClock();

describe('the budget of an address', () => {
  it('lets through exactly as many refusals a minute as the setting says, and is whole again a minute later', async () => {
    await using server = await startLimited(3);
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
    await using server = await startLimited(1);
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
    await using server = await startLimited(5);
    const made = await server.createKey();
    const wrongSecret = { ...made, secret: made.secret.replaceAll('1', '2') };
    const token = await server.token([]);
    for (let count = 0; count < 10; count++) expect(await statusOf(server, { token })).toBe(403);
    expect(await statusOf(server)).toBe(401);
    expect(await statusOf(server, { token: 'no token' })).toBe(401);
    expect(await signed(server, wrongSecret)).toBe(401);
    expect((await server.call('POST', GET_TOKEN, tokenRequest(wrongSecret))).body.statusCode).toBe(401);
    expect((await server.call('POST', GET_TOKEN, { body: {} })).body.statusCode).toBe(400);
    expect(await strangers(server, 1)).toEqual([429]);
  });

  it('covers the pages, and never the probes of an orchestrator', async () => {
    await using server = await startLimited(2);
    const statuses: number[] = [];
    for (const path of ['/docs', '/openapi.json', '/docs', '/openapi.json', '/health/live', '/health/ready']) {
      statuses.push((await server.call('GET', path)).status);
    }
    expect(statuses).toEqual([200, 200, 429, 429, 200, 200]);
  });

  it('is without end where it is set to 0', async () => {
    await using server = await startLimited(0);
    expect(new Set(await strangers(server, 50))).toEqual(new Set([401]));
  });

  it('is not used up by faults of the service', async () => {
    await using server = await startLimited(2);
    const key = await server.createKey();
    const find = vi.spyOn(server.services.accessKeys, 'unlock').mockRejectedValue(new Error('the database is away'));
    for (let count = 0; count < 4; count++) expect(await signed(server, key)).toBe(500);
    find.mockRestore();
    expect(await signed(server, key)).toBe(200);
  });
});

describe('an address over its budget', () => {
  it('still serves an access key that was proven from it in the last hour, by signature and by token', async () => {
    await using server = await startLimited(2);
    const [known, unknown] = [await server.createKey(), await server.createKey()];
    const token = (await server.call('POST', GET_TOKEN, tokenRequest(known))).body.data.access_token;
    expect(await strangers(server, 3)).toEqual([401, 401, 429]);
    expect(await signed(server, known)).toBe(200);
    expect(await statusOf(server, { token })).toBe(200);
    expect((await server.call('POST', GET_TOKEN, tokenRequest(known))).body.statusCode).toBe(200);
    expect(await signed(server, unknown)).toBe(429);
    expect((await server.call('POST', GET_TOKEN, tokenRequest(unknown))).status).toBe(429);
  });

  it('checks what names such a key as ever', async () => {
    await using server = await startLimited(1);
    const known = await server.createKey();
    const token: string = (await server.call('POST', GET_TOKEN, tokenRequest(known))).body.data.access_token;
    await strangers(server, 1);
    const [head, payload] = token.split('.');
    expect(await statusOf(server, { token: `${head}.${payload}.${'A'.repeat(43)}` })).toBe(401);
    const wrongSecret = { ...known, secret: 'f'.repeat(48) };
    expect(await signed(server, wrongSecret)).toBe(401);
    expect((await server.call('POST', GET_TOKEN, tokenRequest(wrongSecret))).body.statusCode).toBe(401);
    expect(await strangers(server, 1)).toEqual([429]);
  });

  it('takes no token that names no such key for one that does', async () => {
    await using server = await startLimited(1);
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
    await using server = await startLimited(1);
    const key = await server.createKey();
    expect(await signed(server, key)).toBe(200);
    vi.setSystemTime(Date.now() + HOUR_MS - 1);
    expect(await strangers(server, 2)).toEqual([401, 429]);
    expect(await signed(server, key)).toBe(200);
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await strangers(server, 2)).toEqual([401, 429]);
    expect(await signed(server, key)).toBe(429);
  });

  it('does not serve a key that was proven from another address', async () => {
    await using server = await startLimited(1, 0, { FACTORPORT_TRUST_PROXY: 'true' });
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
    await using server = await startLimited(1);
    await strangers(server, 1);
    const headers = [['host', 'x'], ['content-type', 'application/json'], length] as const;
    for (const path of ['/api/v3/import-otp', GET_TOKEN]) {
      const answer = await sendRaw(server.url, { bytes: rawRequest(`POST ${path} HTTP/1.1`, headers, '1\r\n{') });
      expect(answer?.status).toBe(429);
      expect(answer?.headers.connection).toBe(connection);
    }
  });

  it('gets a whole answer to a large body, and can call again', async () => {
    await using server = await startLimited(1);
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
    await using server = await startLimited(1);
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
    await using server = await startLimited(2, 0, { FACTORPORT_TRUST_PROXY: 'true' });
    expect(await strangers(server, 3, '192.0.2.1')).toEqual([401, 401, 429]);
    expect(await strangers(server, 3, '192.0.2.2')).toEqual([401, 401, 429]);
  });

  it('of IPv6 share one by the first 64 bits', async () => {
    await using server = await startLimited(3, 0, { FACTORPORT_TRUST_PROXY: 'true' });
    const one = ['2001:db8::1', '2001:DB8:0:0:ffff::', '2001:0db8:0000:0000:1:2:3:4', '2001:db8::2'];
    const statuses: number[] = [];
    for (const address of one) statuses.push(...(await strangers(server, 1, address)));
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect(await strangers(server, 1, '2001:db8:0:1::1')).toEqual([401]);
  });

  it('are what the connection says where no proxy is trusted', async () => {
    await using server = await startLimited(1);
    expect(await strangers(server, 1, '192.0.2.1')).toEqual([401]);
    expect(await strangers(server, 1, '192.0.2.2')).toEqual([429]);
  });
});
