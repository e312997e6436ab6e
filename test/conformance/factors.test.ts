import { HOTP, Secret } from 'otpauth';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditEventTable } from '../../src/store/schema.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import type { Answer } from '../support/test-server.ts';
import { codeAt, wrongCodeAt } from './support/codes.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { uniqueName, useServer } from './support/use-server.ts';

const STEP_MS = 30_000;
const ONE_FAILURE_LEFT = { failures: 99, throttledUntil: 0, lastStep: -1, counter: 0, driftSteps: 0, lastUsedAt: null };

describe.each(ENGINES)('%s: administration of factors', (engine) => {
  let now = Date.now();
  const server = useServer(engine, { clock: () => now });
  let token: string;
  let accessKeyId: string;

  beforeAll(async () => {
    const { key, secret } = await server().createKey();
    accessKeyId = key.accessKeyId;
    const body = { accessKeyId, accessKeySecret: secret };
    token = (await server().call('POST', '/api/v3/get-management-token', { body })).body.data.access_token;
  });

  const post = (act: string, body: unknown) => server().call('POST', `/api/v1/factors/${act}`, { token, body });
  const state = (query: string) => server().call('GET', `/api/v1/factors/state?${query}`, { token });
  const stateOf = async (userId: string) => (await state(`userId=${userId}`)).body.data;
  const verify = (userId: string, code: string) =>
    server().call('POST', '/api/v1/otp/verify', { token, body: { userId, code } });

  async function newUser(otp?: object): Promise<{ userId: string; username: string }> {
    now += STEP_MS;
    const username = uniqueName('administered');
    const answer = await server().call('POST', '/api/v3/create-user', { token, body: { username, otp } });
    return { userId: answer.body.data.userId, username };
  }

  async function eventsOf(answer: Answer): Promise<AuditEventTable[]> {
    await server().services.audit.flush();
    const events = await server().services.store.read.audit.list(server().poolId, 10_000);
    return events.filter((event) => event.request_id === answer.headers.get('x-request-id'));
  }

  /** The one event of a call, with what it says. */
  async function expectEvent(answer: Answer, expected: object, detail: object): Promise<void> {
    const events = await eventsOf(answer);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ actor: accessKeyId, ...expected });
    expect(JSON.parse(events[0]?.detail ?? '{}')).toMatchObject(detail);
  }

  it('the state of a TOTP is told whole, and without its seed', async () => {
    const otp = { secret: plantedSeed(1_600), recoveryCodes: [plantedCode(1_600), plantedCode(1_601)] };
    const { userId, username } = await newUser(otp);
    const created = new Date(now).toISOString();
    const answer = await state(`userId=${username}&userIdType=username`);
    expectSuccess(answer.body);
    const expected = {
      userId,
      factorId: expect.stringMatching(/^[0-9a-f]{24}$/),
      type: 'totp',
      algorithm: 'SHA1',
      digits: 6,
      period: 30,
      counter: null,
      status: 'active',
      failures: 0,
      throttledUntil: null,
      driftSteps: 0,
      recoveryCodesLeft: 2,
      source: 'create-user',
      importedBy: accessKeyId,
      importId: expect.any(String),
      createdAt: created,
      updatedAt: created,
      lastUsedAt: null,
    };
    expect(answer.body.data).toEqual(expected);
    expect(Object.keys(answer.body.data).sort()).toEqual(Object.keys(expected).sort());

    await verify(userId, codeAt(plantedSeed(1_600), now - STEP_MS));
    expect(await stateOf(userId)).toMatchObject({ driftSteps: -1, lastUsedAt: new Date(now).toISOString() });
    const { body } = await verify(userId, plantedCode(1_600));
    expect(body.data).toMatchObject({ verified: true, method: 'recovery', recoveryCodesLeft: 2 });
    expect(await stateOf(userId)).toMatchObject({ recoveryCodesLeft: 2 });
  });

  it('the state of a HOTP token tells its counter and no period', async () => {
    const otp = { secret: plantedSeed(1_602), type: 'hotp', algorithm: 'SHA256', digits: 8, counter: 41 };
    const { userId } = await newUser(otp);
    expect(await stateOf(userId)).toMatchObject({
      type: 'hotp',
      algorithm: 'SHA256',
      digits: 8,
      period: null,
      counter: 41,
      recoveryCodesLeft: 0,
    });
    const seed = Secret.fromBase32(plantedSeed(1_602));
    const code = HOTP.generate({ secret: seed, algorithm: 'SHA256', digits: 8, counter: 45 });
    expect((await verify(userId, code)).body.data).toEqual({ verified: true, method: 'hotp' });
    expect(await stateOf(userId)).toMatchObject({ counter: 46, driftSteps: 0 });
  });

  it('a throttle is told with its end, and ended by unlock, which is audited', async () => {
    const { userId } = await newUser({ secret: plantedSeed(1_603) });
    for (let failure = 0; failure < 4; failure++) await verify(userId, wrongCodeAt(plantedSeed(1_603), now));
    const throttledUntil = new Date(now + 1_000).toISOString();
    const before = await stateOf(userId);
    expect(before).toMatchObject({ status: 'throttled', failures: 4, throttledUntil });
    const answer = await post('unlock', { userId });
    expectSuccess(answer.body);
    expect(answer.body).not.toHaveProperty('data');
    const { factorId } = before;
    await expectEvent(answer, { action: 'factor.unlock', result: 'ok', user_id: userId }, { factorId });
    expect(await stateOf(userId)).toMatchObject({ status: 'active', failures: 0, throttledUntil: null });
    expect((await verify(userId, codeAt(plantedSeed(1_603), now))).body.data.verified).toBe(true);
  });

  it('a lock is told as such, ends by unlock alone, and by it at once', async () => {
    const { userId } = await newUser({ secret: plantedSeed(1_604) });
    const { factorId } = await stateOf(userId);
    const { store } = server().services;
    const from = { factorId, lastStep: -1, counter: 0, failures: 0 };
    await store.transaction(({ factors }) => factors.change(server().poolId, userId, from, ONE_FAILURE_LEFT, now));
    expectFailure((await verify(userId, wrongCodeAt(plantedSeed(1_604), now))).body, 400, 6001);
    expect(await stateOf(userId)).toMatchObject({ status: 'locked', failures: 100, throttledUntil: null });
    for (const act of ['confirm', 'resync']) {
      const code = codeAt(plantedSeed(1_604), now);
      const answer = await post(act, { userId, code, ...(act === 'resync' ? { nextCode: code } : {}) });
      expect(answer.status).toBe(403);
      expectFailure(answer.body, 403, 2005);
      expect(answer.body.data).toEqual({ verified: false });
      const action = act === 'resync' ? 'otp.resync' : 'factor.confirm';
      await expectEvent(answer, { action, result: 'refused', user_id: userId }, { outcome: 'locked', factorId });
    }
    await post('unlock', { userId });
    expect((await verify(userId, codeAt(plantedSeed(1_604), now))).body.data.verified).toBe(true);
  });

  it('a reset takes the factor and its codes away, is audited, and what was used stays used', async () => {
    const otp = { secret: plantedSeed(1_605), recoveryCode: plantedCode(1_605) };
    const { userId, username } = await newUser(otp);
    const code = codeAt(plantedSeed(1_605), now);
    expect((await verify(userId, code)).body.data.verified).toBe(true);
    const { factorId } = await stateOf(userId);
    const answer = await post('reset', { userId: username, userIdType: 'username' });
    expectSuccess(answer.body);
    await expectEvent(answer, { action: 'factor.reset', result: 'ok', user_id: userId }, { factorId });
    expectFailure((await state(`userId=${userId}`)).body, 404);
    expectFailure((await verify(userId, plantedCode(1_605))).body, 404);
    expectFailure((await post('reset', { userId })).body, 404);
    await server().call('POST', '/api/v3/import-otp', { token, body: { list: [{ userId, otp }] } });
    expectFailure((await verify(userId, code)).body, 400, 6001);
  });

  it('two codes bring a token back into step, audited; wrong ones are told by verified: false', async () => {
    const { userId } = await newUser({ secret: plantedSeed(1_606) });
    const { factorId } = await stateOf(userId);
    const far = [-50, -49].map((offset) => codeAt(plantedSeed(1_606), now + offset * STEP_MS));
    const [code, nextCode] = far;
    const wrong = await post('resync', { userId, code: nextCode, nextCode: code });
    expectFailure(wrong.body, 400, 6001);
    expect(wrong.body.data).toEqual({ verified: false });
    await expectEvent(wrong, { action: 'otp.resync', result: 'refused', user_id: userId }, { outcome: 'wrong' });
    const right = await post('resync', { userId, code, nextCode });
    expectSuccess(right.body);
    expect(right.body.data).toEqual({ verified: true });
    const outcome = { outcome: 'accepted', method: 'totp', factorId };
    await expectEvent(right, { action: 'otp.resync', result: 'ok', user_id: userId }, outcome);
    expect(await stateOf(userId)).toMatchObject({ driftSteps: -49, failures: 0 });
    expectFailure((await post('resync', { userId, code, nextCode })).body, 400, 6001);
  });

  it('a code confirms a factor once, audited with who confirmed; a recovery code does not', async () => {
    const otp = { secret: plantedSeed(1_607), recoveryCode: plantedCode(1_607) };
    const { userId } = await newUser(otp);
    expectFailure((await post('confirm', { userId, code: plantedCode(1_607) })).body, 400, 6001);
    const code = codeAt(plantedSeed(1_607), now);
    const answer = await post('confirm', { userId, code });
    expect(answer.body.data).toEqual({ verified: true, method: 'totp' });
    const outcome = { outcome: 'accepted', method: 'totp' };
    await expectEvent(answer, { action: 'factor.confirm', result: 'ok', user_id: userId }, outcome);
    expectFailure((await post('confirm', { userId, code })).body, 400, 6001);
    expect((await stateOf(userId)).recoveryCodesLeft).toBe(1);
  });
});
