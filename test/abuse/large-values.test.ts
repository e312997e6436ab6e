import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useServer } from '../conformance/support/use-server.ts';
import { ENGINES } from '../support/engines.ts';

/** Text of CJK characters, three bytes each, that no database can compress. */
function noise(length: number): string {
  return Array.from({ length }, () => String.fromCodePoint(randomInt(0x4e00, 0x9fa5))).join('');
}

const PROFILES: Record<string, Record<string, unknown>> = {
  'custom data of 10,000 characters': { customData: { 简介: noise(10_000) } },
  'a member of custom data with a name of 10,000 characters': { customData: { [noise(10_000)]: 'x' } },
  '2,000 members of custom data': {
    customData: Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`m${index}`, `v${index}`])),
  },
  'an identity with ids of 512 characters': {
    identities: [{ extIdpId: noise(512), provider: noise(512), userIdInIdp: noise(512) }],
  },
  'every text at its longest': {
    username: noise(512),
    email: noise(512),
    externalId: noise(512),
    phone: noise(512),
    name: noise(4096),
    profile: noise(4096),
    address: noise(4096),
  },
};

describe.each(ENGINES)('%s: what the limits allow can be stored', (engine) => {
  const server = useServer(engine);

  it.each(Object.keys(PROFILES))('%s is kept as it came, or refused as an argument: never a fault', async (name) => {
    const profile = PROFILES[name] as Record<string, unknown>;
    const token = await server().token();
    const made = await server().call('POST', '/api/v3/create-user', { token, body: profile });
    expect(made.status).toBe(200);
    expect([200, 400]).toContain(made.body.statusCode);
    if (made.body.statusCode !== 200) return;
    const path = `/api/v3/get-user?userId=${made.body.data.userId}&withCustomData=true&withIdentities=true`;
    expect((await server().call('GET', path, { token })).body.data).toMatchObject(profile);
  });
});
