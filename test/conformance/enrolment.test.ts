import { describe, expect, it } from 'vitest';
import { runSql } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import type { Answer } from '../support/test-server.ts';
import { query } from './support/database.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { codeOfUri, newOwnUser, type OwnUser } from './support/own-user.ts';
import { useServer } from './support/use-server.ts';

const STEP_MS = 30_000;

interface Begun {
  readonly token: string;
  readonly keyUri: string;
}

describe.each(ENGINES)('%s: enrolling', (engine) => {
  let now = Date.now();
  const server = useServer(engine, { clock: () => now });

  async function begin({ call }: OwnUser): Promise<Begun> {
    const { body } = await call('POST', '/api/v3/send-enroll-factor-request', { factorType: 'OTP', profile: {} });
    expectSuccess(body);
    return { token: body.data.enrollmentToken, keyUri: body.data.otpData.qrCodeUri };
  }

  const finish = ({ call }: OwnUser, token: string, passCode: unknown): Promise<Answer> =>
    call('POST', '/api/v3/enroll-factor', {
      ...{ factorType: 'OTP', enrollmentToken: token },
      enrollmentData: { passCode },
    });

  const rightCode = ({ keyUri }: Begun) => codeOfUri(keyUri, now);
  const wrongCode = ({ keyUri }: Begun) => {
    const near = [-2, -1, 0, 1, 2].map((offset) => codeOfUri(keyUri, now + offset * STEP_MS));
    return ['000000', '111111', '222222'].find((code) => !near.includes(code)) as string;
  };
  const factorsOf = async ({ userId }: OwnUser) =>
    (await query(server(), `select * from factor where user_id = '${userId}'`))[0] as { factor_id: string }[];

  it('is over after a minute', async () => {
    for (const [afterMs, isInTime] of [
      [59_999, true],
      [60_000, false],
      [3_600_000, false],
    ] as const) {
      const user = await newOwnUser(server());
      const begun = await begin(user);
      now += afterMs;
      // The token of the user lives six minutes; what is over here is the enrolment.
      const late = afterMs > 300_000 ? { ...user, ...(await renewed(user)) } : user;
      const { body } = await finish(late, begun.token, rightCode(begun));
      if (isInTime) expectSuccess(body);
      else expectFailure(body, 400);
      expect(await factorsOf(user)).toHaveLength(isInTime ? 1 : 0);
    }
  });

  async function renewed(user: OwnUser): Promise<Pick<OwnUser, 'call'>> {
    const token = await server().token();
    const { body } = await server().call('POST', '/api/v1/mfa-tokens', { token, body: { userId: user.userId } });
    const headers = { authorization: body.data.token };
    return { call: (method, path, sent) => server().call(method, path, { headers, body: sent }) };
  }

  it('takes its token once', async () => {
    const user = await newOwnUser(server());
    const begun = await begin(user);
    expectSuccess((await finish(user, begun.token, rightCode(begun))).body);
    expectFailure((await finish(user, begun.token, rightCode(begun))).body, 400);
    expect(await factorsOf(user)).toHaveLength(1);
  });

  it('takes only the token that was given last, and a wrong token costs the right one nothing', async () => {
    const user = await newOwnUser(server());
    const first = await begin(user);
    const second = await begin(user);
    for (let attempt = 0; attempt < 6; attempt++) {
      const changed = `${second.token.slice(0, -4)}AAAA`;
      for (const token of [first.token, changed, second.token.toLowerCase(), ` ${second.token}`, 'x']) {
        expectFailure((await finish(user, token, rightCode(second))).body, 400);
      }
    }
    expectSuccess((await finish(user, second.token, rightCode(second))).body);
  });

  it('wants a code: a missing one is 6003, a wrong one 6001, and after five wrong ones it is gone', async () => {
    const user = await newOwnUser(server());
    const begun = await begin(user);
    for (const passCode of [undefined, null, '']) {
      expectFailure((await finish(user, begun.token, passCode)).body, 400, 6003);
    }
    for (const passCode of [wrongCode(begun), '12345', 'abcdef', '1234567', wrongCode(begun)]) {
      expectFailure((await finish(user, begun.token, passCode)).body, 400, 6001);
    }
    expectFailure((await finish(user, begun.token, rightCode(begun))).body, 400);
    expect(await factorsOf(user)).toEqual([]);
  });

  it('of simultaneous wrong codes only five are looked at', async () => {
    const user = await newOwnUser(server());
    const begun = await begin(user);
    const code = wrongCode(begun);
    const answers = await Promise.all(Array.from({ length: 30 }, () => finish(user, begun.token, code)));
    expect(answers.filter(({ body }) => body.apiCode === 6001)).toHaveLength(5);
    for (const { body } of answers) expect(body.statusCode).toBe(400);
  });

  it('takes a code of the step beside, and from then on neither it nor an earlier one', async () => {
    const user = await newOwnUser(server());
    const begun = await begin(user);
    const next = codeOfUri(begun.keyUri, now + STEP_MS);
    expectSuccess((await finish(user, begun.token, next)).body);
    const verify = (totp: string) => user.call('POST', '/api/v3/mfa-totp-verify', { totp });
    for (const totp of [next, rightCode(begun)]) expectFailure((await verify(totp)).body, 400, 6001);
    now += 2 * STEP_MS;
    expectSuccess((await verify(rightCode(begun))).body);
  });

  it('of twenty simultaneous calls with the right code exactly one succeeds, with one factor and one recovery code', async () => {
    const user = await newOwnUser(server());
    const begun = await begin(user);
    const code = rightCode(begun);
    const answers = await Promise.all(Array.from({ length: 20 }, () => finish(user, begun.token, code)));
    expect(answers.filter(({ body }) => body.statusCode === 200)).toHaveLength(1);
    for (const { body } of answers) if (body.statusCode !== 200) expectFailure(body, 400);
    const codes = await query(server(), `select * from recovery_code where user_id = '${user.userId}'`);
    expect([await factorsOf(user), codes[0]].map((rows) => rows?.length)).toEqual([1, 1]);
  });

  it('never takes the place of a factor that came meanwhile by an import: 409', async () => {
    const user = await newOwnUser(server());
    const begun = await begin(user);
    const list = [{ userId: user.userId, otp: { secret: plantedSeed(710) } }];
    expectSuccess(
      (await server().call('POST', '/api/v3/import-otp', { token: await server().token(), body: { list } })).body,
    );
    const [imported] = await factorsOf(user);
    expectFailure((await finish(user, begun.token, rightCode(begun))).body, 409);
    expect(await factorsOf(user)).toEqual([imported]);
  });

  it('goes with its user, and with time: nothing of it stays', async () => {
    const rowsOf = async (userId: string) => {
      const tables = ['pending_enrolment', 'verified_token', 'factor', 'recovery_code'];
      const counts = tables.map((table) => `select * from ${table} where user_id = '${userId}'`);
      return (await query(server(), ...counts)).map((rows) => rows.length);
    };
    const deleted = await newOwnUser(server(), 711);
    await deleted.call('POST', '/api/v3/mfa-totp-verify', { totp: codeOfUri(uriOf(711), now) });
    const begun = await newOwnUser(server());
    await begin(begun);
    expect([await rowsOf(deleted.userId), await rowsOf(begun.userId)]).toEqual([
      [0, 1, 1, 0],
      [1, 0, 0, 0],
    ]);
    const userIds = [deleted.userId, begun.userId];
    const token = await server().token();
    expectSuccess((await server().call('POST', '/api/v3/delete-users-batch', { token, body: { userIds } })).body);
    for (const userId of userIds) expect(await rowsOf(userId)).toEqual([0, 0, 0, 0]);
  });

  it('a seed that was moved from another enrolment does not open', async () => {
    const [mine, theirs] = [await newOwnUser(server()), await newOwnUser(server())];
    const begun = await begin(mine);
    const other = await begin(theirs);
    const sealed = `select sealed_seed from pending_enrolment where user_id = '${theirs.userId}'`;
    await runSql(
      server().database,
      `update pending_enrolment set sealed_seed = (${sealed}) where user_id = '${mine.userId}'`,
    );
    const { status, body } = await finish(mine, begun.token, rightCode(other));
    expect(status).toBe(500);
    expectFailure(body, 500);
    expect(await factorsOf(mine)).toEqual([]);
  });
});

function uriOf(seedNumber: number): string {
  return `otpauth://totp/a?secret=${plantedSeed(seedNumber)}`;
}
