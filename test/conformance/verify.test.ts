import { describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import type { Answer } from '../support/test-server.ts';
import { codeAt, wrongCodeAt } from './support/codes.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { uniqueName, useServer } from './support/use-server.ts';

const PATH = '/api/v1/otp/verify';
const STEP_MS = 30_000;

describe.each(ENGINES)('%s: verifying by the server', (engine) => {
  let now = Date.now();
  const server = useServer(engine, { clock: () => now });

  async function newUser(
    seedNumber: number,
    otp: object = {},
  ): Promise<{ userId: string; seed: string; token: string }> {
    // Forwards only: a clock that goes back is noticed.
    now = Math.max(now + STEP_MS, Date.now());
    const seed = plantedSeed(seedNumber);
    const token = await server().token();
    const body = { username: uniqueName('verified'), otp: { secret: seed, ...otp } };
    const made = await server().call('POST', '/api/v3/create-user', { token, body });
    return { userId: made.body.data.userId, seed, token };
  }

  const verify = (token: string, body: unknown) => server().call('POST', PATH, { token, body });

  function expectRefused(answer: Answer, status: number, apiCode?: number): void {
    expect(answer.status).toBe(status);
    expectFailure(answer.body, status, apiCode);
    expect(answer.body.data).toEqual({ verified: false });
  }

  it('the right code is accepted, by every kind of name', async () => {
    const { seed, token, userId } = await newUser(40);
    const username = (await server().services.users.get(server().poolId, userId, 'user_id')).profile;
    const byName = { userId: JSON.parse(username).username, userIdType: 'username' };
    for (const named of [{ userId }, byName]) {
      now += STEP_MS;
      const answer = await verify(token, { ...named, code: codeAt(seed, now) });
      expect(answer.status).toBe(200);
      expectSuccess(answer.body);
      expect(answer.body.data).toEqual({ verified: true, method: 'totp' });
    }
  });

  it('a code is taken with the spaces and hyphens that apps show', async () => {
    const { seed, token, userId } = await newUser(41);
    const code = codeAt(seed, now);
    const answer = await verify(token, { userId, code: ` ${code.slice(0, 3)} ${code.slice(3, 5)}-${code.slice(5)} ` });
    expect(answer.body.data).toEqual({ verified: true, method: 'totp' });
  });

  it('a code of the step before and of the step after is accepted, one further away is not', async () => {
    for (const [offset, accepted] of [
      [-1, true],
      [1, true],
      [-2, false],
      [2, false],
    ] as const) {
      const { seed, token, userId } = await newUser(42);
      const answer = await verify(token, { userId, code: codeAt(seed, now + offset * STEP_MS) });
      expect({ offset, verified: answer.body.data.verified }).toEqual({ offset, verified: accepted });
    }
  });

  it('a wrong code is answered HTTP 400 with 6001 and verified: false', async () => {
    const { seed, token, userId } = await newUser(43);
    expectRefused(await verify(token, { userId, code: wrongCodeAt(seed, now) }), 400, 6001);
  });

  it.each(['', '12345', '1234567', 'abcdef', '１２３４５６', '12345٦', '+12345', '1e5', '0x1234', '12345\n6x'])(
    'what is no code of six digits ("%s") is refused',
    async (code) => {
      const { token, userId } = await newUser(44);
      expectRefused(await verify(token, { userId, code }), 400, code === '' ? 6003 : 6001);
    },
  );

  it('a used code is refused like a wrong one, and so is every earlier one', async () => {
    const { seed, token, userId } = await newUser(45);
    const earlier = codeAt(seed, now - STEP_MS);
    const code = codeAt(seed, now);
    expect((await verify(token, { userId, code })).body.data).toEqual({ verified: true, method: 'totp' });
    const used = await verify(token, { userId, code });
    expectRefused(used, 400, 6001);
    expectRefused(await verify(token, { userId, code: earlier }), 400, 6001);
    const wrong = await verify(token, { userId, code: wrongCodeAt(seed, now) });
    expect({ ...used.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
  });

  it('a missing code is 6003, a missing user an argument', async () => {
    const { token, userId } = await newUser(46);
    expectRefused(await verify(token, { userId }), 400, 6003);
    expectRefused(await verify(token, { userId, code: null }), 400, 6003);
    expectFailure((await verify(token, { code: '123456' })).body, 400);
  });

  it('an unknown user, and a user without OTP, is HTTP 404 with verified: false', async () => {
    const { token } = await newUser(47);
    expectRefused(await verify(token, { userId: 'nobody', code: '123456' }), 404, 2004);
    const made = await server().call('POST', '/api/v3/create-user', { token, body: { username: uniqueName('bare') } });
    expectRefused(await verify(token, { userId: made.body.data.userId, code: '123456' }), 404);
  });

  it('of a hundred simultaneous equal codes exactly one is accepted', async () => {
    const { seed, token, userId } = await newUser(48);
    const code = codeAt(seed, now);
    const answers = await Promise.all(Array.from({ length: 100 }, () => verify(token, { userId, code })));
    expect(answers.filter((answer) => answer.body.data.verified)).toHaveLength(1);
    for (const answer of answers) {
      if (answer.body.data.verified !== true) expectRefused(answer, 400, 6001);
    }
  });

  it('of a hundred simultaneous wrong codes only a few are looked at', async () => {
    const { seed, token, userId } = await newUser(49);
    const code = wrongCodeAt(seed, now);
    const answers = await Promise.all(Array.from({ length: 100 }, () => verify(token, { userId, code })));
    expect(answers.filter((answer) => answer.status === 400)).toHaveLength(4);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(96);
  });

  it('after several wrong codes attempts are throttled: HTTP 429, Retry-After, verified: false, nothing about the code', async () => {
    const { seed, token, userId } = await newUser(50);
    const wrong = wrongCodeAt(seed, now);
    for (let failure = 1; failure <= 4; failure++)
      expectRefused(await verify(token, { userId, code: wrong }), 400, 6001);
    const throttled = await verify(token, { userId, code: wrong });
    expectRefused(throttled, 429);
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const right = await verify(token, { userId, code: codeAt(seed, now) });
    expect({ ...right.body, requestId: '' }).toEqual({ ...throttled.body, requestId: '' });
    now += Number(throttled.headers.get('retry-after')) * 1000;
    expect((await verify(token, { userId, code: codeAt(seed, now) })).body.data).toEqual({
      verified: true,
      method: 'totp',
    });
  });

  it('the delay grows with every wrong code, and a right one ends it', async () => {
    const { seed, token, userId } = await newUser(51);
    const delays: number[] = [];
    for (let failure = 1; failure <= 8; failure++) {
      expectRefused(await verify(token, { userId, code: wrongCodeAt(seed, now) }), 400, 6001);
      const retryAfter =
        failure < 4 ? 0 : Number((await verify(token, { userId, code: '000000' })).headers.get('retry-after'));
      delays.push(retryAfter);
      now += retryAfter * 1000;
    }
    expect(delays).toEqual([0, 0, 0, 1, 2, 4, 8, 16]);
    now += STEP_MS;
    expect((await verify(token, { userId, code: codeAt(seed, now) })).body.data).toEqual({
      verified: true,
      method: 'totp',
    });
    expectRefused(await verify(token, { userId, code: wrongCodeAt(seed, now) }), 400, 6001);
    expectRefused(await verify(token, { userId, code: wrongCodeAt(seed, now) }), 400, 6001);
  });

  it('after a hundred wrong codes in a row the factor is locked (2005), whatever the time, until another seed is imported', async () => {
    const { seed, userId, ...made } = await newUser(52);
    let { token } = made;
    for (let failure = 1; failure <= 100; failure++) {
      if (failure % 7 === 0) token = await server().token();
      expectRefused(await verify(token, { userId, code: wrongCodeAt(seed, now) }), 400, 6001);
      now += 15 * 60_000;
    }
    const fresh = await server().token();
    expectRefused(await verify(fresh, { userId, code: codeAt(seed, now) }), 403, 2005);
    const list = (number: number) => [{ userId, otp: { secret: plantedSeed(number) } }];
    await server().call('POST', '/api/v3/import-otp', { token: fresh, body: { list: list(52) } });
    expectRefused(await verify(fresh, { userId, code: codeAt(seed, now) }), 403, 2005);
    await server().call('POST', '/api/v3/import-otp', { token: fresh, body: { list: list(53) } });
    const answer = await verify(fresh, { userId, code: codeAt(plantedSeed(53), now) });
    expect(answer.body.data).toEqual({ verified: true, method: 'totp' });
  });

  it('each attempt that was looked at leaves one audit event with its outcome and no code', async () => {
    const { seed, token, userId } = await newUser(54);
    const code = codeAt(seed, now);
    const attempts = [
      { code: wrongCodeAt(seed, now), outcome: 'wrong', result: 'refused' },
      { code, outcome: 'accepted', result: 'ok' },
      { code, outcome: 'replayed', result: 'refused' },
    ];
    for (const attempt of attempts) {
      const { headers } = await verify(token, { userId, code: attempt.code });
      await server().services.audit.flush();
      const events = (await server().services.store.read.audit.list(server().poolId, 10_000)).filter(
        (event) => event.request_id === headers.get('x-request-id'),
      );
      expect(events).toMatchObject([{ action: 'otp.verify', result: attempt.result, user_id: userId }]);
      expect(JSON.parse(events[0]?.detail ?? '{}')).toMatchObject({ outcome: attempt.outcome });
      expect(JSON.stringify(events)).not.toContain(`"${attempt.code}"`);
    }
  });
});
