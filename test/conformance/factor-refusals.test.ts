import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/errors/table.ts';
import { fillText } from '../../src/language.ts';
import { importItems } from '../import/importing.ts';
import { ENGINES } from '../support/engines.ts';
import { plant, plantedCode, plantedSeed } from '../support/planted.ts';
import { codeAt } from './support/codes.ts';
import { query } from './support/database.ts';
import { expectFailure } from './support/envelope.ts';
import { uniqueName, useServer } from './support/use-server.ts';

const HOUR_MS = 3_600_000;
const CODE_FORM = /^[0-9a-f]{4}(-[0-9a-f]{4}){6}$/;

/** Every act on a factor, with what it needs beside the user. */
const ACTS: readonly (readonly [name: string, members: object])[] = [
  ['unlock', {}],
  ['reset', {}],
  ['recovery-codes', {}],
  ['resync', { code: '123456', nextCode: '654321' }],
  ['confirm', { code: '123456' }],
];

describe.each(ENGINES)('%s: acts on factors', (engine) => {
  let now = Date.now();
  const server = useServer(engine, { clock: () => now });
  let token: string;

  beforeAll(async () => {
    token = await server().token();
  });

  const post = (act: string, body: unknown, headers: Record<string, string> = {}) =>
    server().call('POST', `/api/v1/factors/${act}`, { token, body, headers });
  const get = (query: string, headers: Record<string, string> = {}) =>
    server().call('GET', `/api/v1/factors/state?${query}`, { token, headers });

  async function newUser(otp?: object): Promise<string> {
    const body = { username: uniqueName('acted-on'), otp };
    return (await server().call('POST', '/api/v3/create-user', { token, body })).body.data.userId;
  }

  const everyAct = async (userId: string, headers: Record<string, string> = {}) => [
    await get(`userId=${userId}`, headers),
    ...(await Promise.all(ACTS.map(([act, members]) => post(act, { userId, ...members }, headers)))),
  ];

  it('tell an unknown user (2004) from one without OTP, in both languages', async () => {
    const bare = await newUser();
    for (const lang of ['en', 'zh'] as const) {
      const language = lang === 'en' ? 'en-US' : 'zh-CN';
      for (const { body, status } of await everyAct('nobody', { 'x-authing-lang': language })) {
        expect(status).toBe(404);
        expectFailure(body, 404, 2004);
        expect(body.message).toBe(ERRORS.user_not_found[lang]);
      }
      for (const { body, status } of await everyAct(bare, { 'x-authing-lang': language })) {
        expect(status).toBe(404);
        expectFailure(body, 404);
        expect(body.message).toBe(ERRORS.factor_not_found[lang]);
      }
    }
  });

  it('know no user of another pool, whatever their factor', async () => {
    const { services } = server();
    const poolId = 'f'.repeat(24);
    await services.store.transaction((queries) =>
      queries.pools.insert({ pool_id: poolId, name: 'other', created_at: now + 60_000 }),
    );
    await importItems(services, poolId, [{ userId: 'theirs', otp: { secret: plantedSeed(1_620) } }], {
      createMissingUsers: true,
    });
    const [theirs, nobody] = [await everyAct('theirs'), await everyAct('nobody')];
    const said = ({ body }: { body: object }) => ({ ...body, requestId: '' });
    expect(theirs.map(said)).toEqual(nobody.map(said));
    expect(await services.factors.find(poolId, 'theirs')).toMatchObject({ status: 'active', recoveryCodesLeft: 0 });
  });

  it('leave an event when they are refused, too', async () => {
    const answers = await everyAct('nobody');
    await server().services.audit.flush();
    const events = await server().services.store.read.audit.list(server().poolId, 10_000);
    for (const { headers } of answers) {
      const found = events.filter((event) => event.request_id === headers.get('x-request-id'));
      expect(found).toMatchObject([{ action: 'api.call', result: 'refused' }]);
    }
  });

  it.each([
    [1, 1],
    [20, 20],
    [undefined, 10],
    [null, 10],
  ])('issue as many recovery codes as asked for (%s)', async (count, expected) => {
    const userId = await newUser({ secret: plantedSeed(1_621), recoveryCodes: [plantedCode(1_621)] });
    const answer = await post('recovery-codes', { userId, count });
    const { recoveryCodes } = answer.body.data;
    expect(recoveryCodes).toHaveLength(expected);
    expect(new Set(recoveryCodes).size).toBe(expected);
    for (const code of recoveryCodes) expect(code).toMatch(CODE_FORM);
    expect((await get(`userId=${userId}`)).body.data.recoveryCodesLeft).toBe(expected);
  });

  it.each([0, 21, -1, 1.5, '5', true, 1e9])('refuse to issue %s recovery codes, and revoke none', async (count) => {
    const userId = await newUser({ secret: plantedSeed(1_622), recoveryCodes: [plantedCode(1_622)] });
    expectFailure((await post('recovery-codes', { userId, count })).body, 400);
    expect((await get(`userId=${userId}`)).body.data.recoveryCodesLeft).toBe(1);
  });

  it('show issued codes once and write them nowhere: not in the database, the log or the audit log', async () => {
    const userId = await newUser({ secret: plantedSeed(1_623), recoveryCodes: [plantedCode(1_623)] });
    const answer = await post('recovery-codes', { userId, count: 3 });
    const { recoveryCodes } = answer.body.data as { recoveryCodes: string[] };
    for (const code of recoveryCodes) plant(code);
    const verify = (code: string) => server().call('POST', '/api/v1/otp/verify', { token, body: { userId, code } });
    expectFailure((await verify(plantedCode(1_623))).body, 400, 6002);
    const used = await verify(recoveryCodes[0] as string);
    expect(used.body.data).toMatchObject({ method: 'recovery', recoveryCodesLeft: 3 });
    plant(used.body.data.recoveryCode);

    await server().services.audit.flush();
    const [events = [], rows = []] = await query(server(), 'select * from audit_event', 'select * from recovery_code');
    const issued = events.filter((event) => event.action === 'factor.issue-recovery-codes' && event.user_id === userId);
    expect(issued.map((event) => JSON.parse(String(event.detail)))).toMatchObject([{ codes: 3 }]);
    const places = [JSON.stringify(events), JSON.stringify(rows), readFileSync(server().logFile, 'latin1')];
    for (const code of [...recoveryCodes, used.body.data.recoveryCode]) {
      for (const place of places) {
        expect(place).not.toContain(code);
        expect(place).not.toContain(code.replaceAll('-', ''));
      }
    }
  });

  it('judge no code while the clock is behind: 503, verified: false, with the way out, and none of them counts', async () => {
    const userId = await newUser({ secret: plantedSeed(1_624) });
    const latest = now;
    await server().services.clockGuard.sync();
    now = latest - HOUR_MS;
    try {
      const language = { 'x-authing-lang': 'en-US' };
      const code = codeAt(plantedSeed(1_624), now);
      const fresh = await server().token();
      const calls = [
        ['/api/v1/otp/verify', { userId, code }],
        ['/api/v1/factors/confirm', { userId, code }],
        ['/api/v1/factors/resync', { userId, code, nextCode: code }],
      ] as const;
      for (const [path, body] of calls) {
        const answer = await server().call('POST', path, { token: fresh, body, headers: language });
        expect(answer.status).toBe(503);
        expectFailure(answer.body, 503);
        expect(answer.body.data).toEqual({ verified: false });
        expect(answer.body.message).toBe(fillText(ERRORS.clock_behind, 'en', { seconds: 3600 }));
      }
      const state = await get(`userId=${userId}`);
      expect(state.body.data).toMatchObject({ failures: 0, lastUsedAt: null });
      await server().services.clockGuard.reset();
      const answer = await server().call('POST', '/api/v1/otp/verify', { token: fresh, body: { userId, code } });
      expect(answer.body.data).toEqual({ verified: true, method: 'totp' });
    } finally {
      now = latest;
    }
  });
});
