import { describe, expect, it } from 'vitest';
import { actorIn, runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { rotate, sealKeyAfter } from './population.ts';

const PATH = '/api/v1/vault/status';
const HOUR_MS = 3_600_000;

const statusOf = async (server: TestServer, token: string) =>
  (await server.call('GET', PATH, { token })).body.statusCode;

describe.each(ENGINES)('token keys in a rotation: %s', (engine) => {
  it('change, and tokens of before stay good in every process until they expire; then the old key is destroyed', async () => {
    let now = Date.parse('2026-11-22T15:13:00Z');
    const clock = () => now;
    await using first = await startTestServer(engine, { clock });
    await using second = await startTestServer(engine, { clock, database: first.database });
    const before = await first.token();
    await rotate(first.services, first.poolId);
    const after = await first.token();
    const newTokenKey = sealKeyAfter(1) + 1;
    for (const server of [first, second]) {
      expect(await statusOf(server, before)).toBe(200);
      expect(await statusOf(server, after)).toBe(200);
    }
    const header = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString());
    expect([header(before).kid, header(after).kid]).toEqual(['3', String(newTokenKey)]);

    const tokenKeys = async () => {
      const rows = await runSql(first.database, `select key_id from ring_key where purpose = 'token' order by key_id`);
      return rows.map((row) => Number(row.key_id));
    };
    now += 2 * HOUR_MS;
    await first.services.vaultKeys.destroyTokenKeys();
    expect(await tokenKeys()).toEqual([3, newTokenKey]);
    expect(await statusOf(first, before)).toBe(401);
    now += HOUR_MS / 2;
    await first.services.vaultKeys.destroyTokenKeys();
    expect(await tokenKeys()).toEqual([newTokenKey]);
    expect(await statusOf(second, await second.token())).toBe(200);
  });

  it('that are made up, or belong to another purpose, let nobody in', async () => {
    await using server = await startTestServer(engine);
    const token = await server.token();
    const [head = '', ...rest] = token.split('.');
    for (const kid of ['1', '2', '99', '0', '-3', '3.0', ' 3', '99999999999', 3, {}]) {
      const header = JSON.parse(Buffer.from(head, 'base64url').toString());
      const forged = [Buffer.from(JSON.stringify({ ...header, kid })).toString('base64url'), ...rest].join('.');
      expect(await statusOf(server, forged), String(kid)).toBe(401);
    }
    await server.services.vaultKeys.rotate(actorIn(server.poolId));
    expect(await statusOf(server, token)).toBe(200);
  });
});
