import { createRequire } from 'node:module';
import { TOTP, URI } from 'otpauth';
import { create } from 'qrcode';
import { describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { codeAt, wrongCodeAt } from './support/codes.ts';
import { query } from './support/database.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { codeOfUri, mfaToken, newOwnUser, type OwnUser, ownUser } from './support/own-user.ts';
import { useServer } from './support/use-server.ts';

/** Comes with `qrcode`, and has no types. */
const { PNG } = createRequire(import.meta.url)('pngjs') as {
  PNG: { sync: { read(file: Buffer): { width: number; height: number; data: Buffer } } };
};

const STEP_MS = 30_000;
const OTP = { factorType: 'OTP', profile: {} } as never;

/** The modules of a QR code in a PNG with a margin of four modules, row by row. */
function modulesIn(dataUrl: string, size: number): boolean[] {
  const { width, data } = PNG.sync.read(Buffer.from(dataUrl.replace('data:image/png;base64,', ''), 'base64'));
  const scale = width / (size + 8);
  return Array.from({ length: size * size }, (_, index) => {
    const x = (4 + (index % size) + 0.5) * scale;
    const y = (4 + Math.floor(index / size) + 0.5) * scale;
    return (data[(Math.floor(y) * width + Math.floor(x)) * 4] as number) < 128;
  });
}

describe.each(ENGINES)("%s: a user's own factors by the SDK", (engine) => {
  let now = Date.now();
  const server = useServer(engine, { clock: () => now, settings: { FACTORPORT_ISSUER_NAME: '示例 Example' } });

  /** Begins and finishes with the right code. */
  async function enrol({ client }: OwnUser): Promise<{ keyUri: string; recoveryCode: string }> {
    const { data } = await client.sendEnrollFactorRequest(OTP);
    const { qrCodeUri: keyUri, recoveryCode } = data.otpData as NonNullable<typeof data.otpData>;
    const enrollmentData = { passCode: codeOfUri(keyUri, now) };
    const { enrollmentToken } = data;
    expectSuccess(await client.enrollFactor({ factorType: 'OTP' as never, enrollmentToken, enrollmentData }));
    return { keyUri, recoveryCode };
  }

  it('enrols, lists, verifies and removes an authenticator', async () => {
    const user = await newOwnUser(server());
    const { client } = user;
    expect((await client.listFactorsToEnroll()).data).toEqual([{ factorType: 'OTP' }]);
    expect((await client.listEnrolledFactors()).data).toEqual([]);

    const { keyUri } = await enrol(user);
    const [factor] = (await client.listEnrolledFactors()).data;
    expect(factor).toMatchObject({
      factorType: 'OTP',
      profile: { type: 'totp', algorithm: 'SHA1', digits: 6, period: 30, enrolledAt: new Date(now).toISOString() },
    });
    const factorId = factor?.factorId as string;
    expect((await client.getFactor({ factorId })).data).toEqual(factor);
    expect((await client.listFactorsToEnroll()).data).toEqual([]);

    const used = await client.mfaOtpVerify({ totp: codeOfUri(keyUri, now) });
    expectFailure(used, 400, 6001);
    now += STEP_MS;
    const verified = await client.mfaOtpVerify({ totp: codeOfUri(keyUri, now) });
    expectSuccess(verified);
    expect(verified.data).toEqual({ verified: true, method: 'totp' });

    expectSuccess(await client.resetFactor({ factorId }));
    expect((await client.listEnrolledFactors()).data).toEqual([]);
    expectFailure(await client.getFactor({ factorId }), 404);
    const left = await query(server(), `select * from recovery_code where user_id = '${user.userId}'`);
    expect(left).toEqual([[]]);
    await enrol(user);
  });

  it('the new factor is one like any other: get-user-mfa-info tells of it, and the backend verifies it', async () => {
    const user = await newOwnUser(server());
    const sdk = await server().sdk();
    const status = async () => (await sdk.getUserMfaInfo({ userId: user.userId })).data.totpStatus;
    expect(await status()).toBe('disabled');
    const { keyUri } = await enrol(user);
    expect(await status()).toBe('enabled');
    now += STEP_MS;
    const body = { userId: user.userId, code: codeOfUri(keyUri, now) };
    const answer = await server().call('POST', '/api/v1/otp/verify', { token: await server().token(), body });
    expect(answer.body.data).toMatchObject({ verified: true });
    const rows = await query(server(), `select source, imported_by from factor where user_id = '${user.userId}'`);
    expect(rows).toEqual([[{ source: 'enrolment', imported_by: `user:${user.userId}` }]]);
  });

  it('every enrolment has a seed of 160 bits and a recovery code of 112 of its own', async () => {
    const made = await Promise.all([newOwnUser(server()), newOwnUser(server())]);
    const data = await Promise.all(made.map(async ({ client }) => (await client.sendEnrollFactorRequest(OTP)).data));
    for (const { enrollmentToken, otpData } of data) {
      expect(Buffer.from(enrollmentToken, 'base64')).toHaveLength(256);
      expect(otpData?.recoveryCode).toMatch(/^[0-9a-f]{4}(-[0-9a-f]{4}){6}$/);
      const totp = URI.parse(otpData?.qrCodeUri as string) as TOTP;
      expect(totp).toBeInstanceOf(TOTP);
      expect(totp).toMatchObject({ issuer: '示例 Example', algorithm: 'SHA1', digits: 6, period: 30 });
      expect(totp.secret.bytes).toHaveLength(20);
    }
    const values = data.flatMap((one) => [one.enrollmentToken, one.otpData?.recoveryCode, one.otpData?.qrCodeUri]);
    expect(new Set(values).size).toBe(values.length);
  });

  it('the account is named by its e-mail, or its username, or its id, and the QR code holds all of it', async () => {
    const email = `${'long-'.repeat(30)}张三@example.com`;
    const shown = Array.from(email).slice(0, 64).join('');
    for (const profile of [{ email }, { email: 'a:b@example.com' }, {}, { username: null }]) {
      const user = await newOwnUser(server(), undefined, profile);
      const { otpData } = (await user.client.sendEnrollFactorRequest(OTP)).data;
      const { qrCodeUri = '', qrCodeDataUrl = '' } = otpData ?? {};
      const name = profile.email === email ? shown : profile.email;
      expect(URI.parse(qrCodeUri).label).toBe(name ?? ('username' in profile ? user.userId : user.username));
      const { modules } = create(qrCodeUri, { errorCorrectionLevel: 'M' });
      expect(modulesIn(qrCodeDataUrl, modules.size)).toEqual(Array.from(modules.data, Boolean));
    }
  });

  it('a user who has an OTP cannot begin to enrol another: 409', async () => {
    const { client } = await newOwnUser(server(), 700);
    expectFailure(await client.sendEnrollFactorRequest(OTP), 409);
  });

  it.each(['SMS', 'EMAIL', 'FACE'])('%s is not supported: 501, with words that say what is', async (factorType) => {
    const { client } = await newOwnUser(server());
    const profile = { phoneNumber: '13800000000', email: 'a@example.com' };
    const answers = [
      await client.sendEnrollFactorRequest({ factorType: factorType as never, profile }),
      await client.enrollFactor({
        ...{ factorType: factorType as never, enrollmentToken: 'any' },
        enrollmentData: { passCode: '123456', photo: 'https://example.com/a.png', isExternalPhoto: true },
      }),
    ];
    for (const answer of answers) {
      expectFailure(answer, 501);
      expect(answer.message).toContain(factorType);
      expect(answer.message).toContain('OTP');
    }
  });

  it('a wrong code is 6001, a missing one 6003, both with verified: false; so is a user without OTP', async () => {
    const { client, call } = await newOwnUser(server(), 701);
    const wrong = await client.mfaOtpVerify({ totp: wrongCodeAt(plantedSeed(701), now) });
    expectFailure(wrong, 400, 6001);
    expect(wrong.data).toEqual({ verified: false });
    for (const body of [{}, { totp: null }, { totp: '' }]) {
      const missing = await call('POST', '/api/v3/mfa-totp-verify', body);
      expectFailure(missing.body, 400, 6003);
      expect(missing).toMatchObject({ status: 200, body: { data: { verified: false } } });
    }
    const bare = await (await newOwnUser(server())).client.mfaOtpVerify({ totp: '123456' });
    expectFailure(bare, 404);
    expect(bare.data).toEqual({ verified: false });
  });

  it('a factor is removed only with the very token under which it was verified: otherwise 1635', async () => {
    const user = await newOwnUser(server(), 702);
    const factorId = (await user.client.listEnrolledFactors()).data[0]?.factorId as string;
    expectFailure(await user.client.resetFactor({ factorId }), 403, 1635);
    expectFailure(await user.client.mfaOtpVerify({ totp: wrongCodeAt(plantedSeed(702), now) }), 400, 6001);
    expectFailure(await user.client.resetFactor({ factorId }), 403, 1635);
    const secondToken = await mfaToken(server(), await server().token(), user.userId);
    const second = ownUser(server(), user.userId, user.username, secondToken);
    expectSuccess(await second.client.mfaOtpVerify({ totp: codeAt(plantedSeed(702), now) }));
    expectFailure(await user.client.resetFactor({ factorId }), 403, 1635);
    expectSuccess(await second.client.resetFactor({ factorId }));
    expectFailure(await second.client.resetFactor({ factorId }), 404);
  });

  it('the recovery code of the enrolment verifies once, gives a fresh one, and lets a lost authenticator be removed', async () => {
    const user = await newOwnUser(server());
    const { recoveryCode } = await enrol(user);
    const { body } = await user.call('POST', '/api/v3/mfa-totp-verify', { totp: recoveryCode.toUpperCase() });
    expectSuccess(body);
    expect(body.data).toEqual({ verified: true, method: 'recovery', recoveryCode: expect.any(String) });
    expect(body.data.recoveryCode).not.toBe(recoveryCode);
    const again = await user.call('POST', '/api/v3/mfa-totp-verify', { totp: recoveryCode });
    expectFailure(again.body, 400, 6002);
    expect(again.body.data).toEqual({ verified: false });
    const factorId = (await user.client.listEnrolledFactors()).data[0]?.factorId as string;
    expectSuccess(await user.client.resetFactor({ factorId }));
  });

  it('a factor that came after the verification is not removed by it', async () => {
    const user = await newOwnUser(server(), 703);
    expectSuccess(await user.client.mfaOtpVerify({ totp: codeAt(plantedSeed(703), now) }));
    const list = [{ userId: user.userId, otp: { secret: plantedSeed(704) } }];
    expectSuccess(await (await server().sdk()).importOtp({ list }));
    const factorId = (await user.client.listEnrolledFactors()).data[0]?.factorId as string;
    expectFailure(await user.client.resetFactor({ factorId }), 403, 1635);
  });

  it('of simultaneous removals one succeeds', async () => {
    const user = await newOwnUser(server(), 705);
    expectSuccess(await user.client.mfaOtpVerify({ totp: codeAt(plantedSeed(705), now) }));
    const factorId = (await user.client.listEnrolledFactors()).data[0]?.factorId as string;
    const answers = await Promise.all(Array.from({ length: 10 }, () => user.client.resetFactor({ factorId })));
    expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1);
    for (const answer of answers) if (answer.statusCode !== 200) expectFailure(answer, 404);
  });

  it('what a user does has one audit event, which names the user as who did it', async () => {
    const user = await newOwnUser(server());
    const { keyUri } = await enrol(user);
    now += STEP_MS;
    await user.client.mfaOtpVerify({ totp: codeOfUri(keyUri, now) });
    const factorId = (await user.client.listEnrolledFactors()).data[0]?.factorId as string;
    await user.client.resetFactor({ factorId });
    await server().services.audit.flush();
    const events = (await server().services.store.read.audit.list(server().poolId, 10_000)).filter(
      (event) => event.actor === `user:${user.userId}`,
    );
    const acts = events.filter((event) => event.action !== 'api.call').reverse();
    expect(acts.map(({ action, result }) => `${action} ${result}`)).toEqual([
      'factor.enrol-request ok',
      'factor.enrol ok',
      'otp.verify ok',
      'factor.reset ok',
    ]);
    for (const act of acts) expect(act).toMatchObject({ user_id: user.userId, pool_id: server().poolId });
    const secret = new URL(keyUri).searchParams.get('secret') as string;
    expect(JSON.stringify(events)).not.toContain(secret);
  });
});
