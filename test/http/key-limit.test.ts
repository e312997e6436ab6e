import { describe, expect, it, vi } from 'vitest';
import { query } from '../conformance/support/database.ts';
import { signed, startLimited, strangers, USERS, useStandingClock, VERIFY } from './rate-limits.ts';

useStandingClock();

describe('the limit of an access key', () => {
  it('lets through exactly as many requests a second as the setting says, and counts each key by itself', async () => {
    await using server = await startLimited(1, 2);
    const [first, second] = [await server.token(), await server.token()];
    const send = async (token: string) => (await server.call('GET', USERS, { token })).status;
    vi.setSystemTime(Date.now() + 1_000);
    expect([await send(first), await send(first), await send(first)]).toEqual([200, 200, 429]);
    expect([await send(second), await send(second), await send(second)]).toEqual([200, 200, 429]);
    vi.setSystemTime(Date.now() + 1_000);
    expect([await send(first), await send(first), await send(first)]).toEqual([200, 200, 429]);
  });

  it('answers 429 with Retry-After in one second, in both dialects', async () => {
    await using server = await startLimited(1, 2);
    const token = await server.token();
    for (let count = 0; count < 2; count++) await server.call('GET', USERS, { token });
    for (const path of ['/api/v3/is-user-exists', VERIFY]) {
      const { status, headers, body } = await server.call('POST', path, { token, body: {} });
      expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 429, retryAfter: '1' });
      expect(body.statusCode).toBe(429);
    }
  });

  it('counts only what is proven, so that nobody else can use it up', async () => {
    await using server = await startLimited(0, 2);
    const key = await server.createKey();
    const forged = { ...key, secret: 'f'.repeat(48) };
    for (let count = 0; count < 5; count++) expect(await signed(server, forged)).toBe(401);
    expect([await signed(server, key), await signed(server, key), await signed(server, key)]).toEqual([200, 200, 429]);
  });

  it('costs the address nothing', async () => {
    await using server = await startLimited(1, 2);
    const token = await server.token();
    for (let count = 0; count < 9; count++) await server.call('GET', USERS, { token });
    expect(await strangers(server, 2)).toEqual([401, 429]);
  });

  it('names the key in the log and in the audit event', async () => {
    await using server = await startLimited(1, 1);
    const key = await server.createKey();
    const statuses: number[] = [];
    for (let count = 0; count < 2; count++) {
      statuses.push(await signed(server, key));
    }
    expect(statuses).toEqual([200, 429]);
    await server.services.audit.flush();
    const [rows = []] = await query(server, "select detail from audit_event where action = 'api.call'");
    const refused = rows.map(({ detail }) => JSON.parse(String(detail))).filter((one) => one.statusCode === 429);
    expect(refused).toMatchObject([{ error: 'rate_limited', accessKeyId: key.key.accessKeyId }]);
  });
});
