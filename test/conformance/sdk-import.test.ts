import { ManagementClient } from 'authing-node-sdk';
import { describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { codeAt } from './support/codes.ts';
import { expectFailure, expectSuccess, UUID } from './support/envelope.ts';
import { AWKWARD_ENTRIES } from './support/texts.ts';
import { uniqueName, useServer } from './support/use-server.ts';

describe.each(ENGINES)('%s: importing by the SDK', (engine) => {
  const server = useServer(engine);

  async function newUser(): Promise<string> {
    const client = await server().sdk();
    return (await client.createUser({ username: uniqueName() })).data.userId;
  }

  it('importOtp answers exactly what the document shows, without data', async () => {
    const client = await server().sdk();
    const userId = await newUser();
    const answer = await client.importOtp({
      list: [{ userId, otp: { secret: plantedSeed(1), recoveryCode: plantedCode(1) } }],
    });
    expect(answer).toEqual({ statusCode: 200, message: '操作成功', requestId: expect.stringMatching(UUID) });
  });

  it('getOtpSecretByUser gives back the secret that importOtp took, by every kind of name', async () => {
    const client = await server().sdk();
    const name = uniqueName();
    const user = await client.createUser({ username: name, email: `${name}@example.com`, externalId: `x ${name}` });
    const secret = plantedSeed(2);
    await client.importOtp({ list: [{ userId: user.data.userId, otp: { secret } }] });
    const names = [
      { userId: user.data.userId },
      { userId: name, userIdType: 'username' },
      { userId: `${name}@EXAMPLE.com`, userIdType: 'email' },
      { userId: `x ${name}`, userIdType: 'external_id' },
    ] as const;
    for (const named of names) {
      const answer = await client.getOtpSecretByUser(named);
      expectSuccess(answer);
      expect(answer.data).toEqual({ secret });
    }
  });

  it('getOtpSecretByUser says 404 for a user without OTP and for nobody', async () => {
    const client = await server().sdk();
    expectFailure(await client.getOtpSecretByUser({ userId: await newUser() }), 404);
    expectFailure(await client.getOtpSecretByUser({ userId: 'nobody' }), 404, 2004);
  });

  it('getUserMfaInfo tells who has an authenticator, and 404 for nobody', async () => {
    const client = await server().sdk();
    const userId = await newUser();
    expect(await client.getUserMfaInfo({ userId })).toMatchObject({
      statusCode: 200,
      data: { totpStatus: 'disabled' },
    });
    await client.importOtp({ list: [{ userId, otp: { secret: plantedSeed(5) } }] });
    const bound = await client.getUserMfaInfo({ userId });
    expectSuccess(bound);
    expect(bound.data).toMatchObject({ totpStatus: 'enabled', smsMfaStatus: 'disabled', emailMfaStatus: 'disabled' });
    expectFailure(await client.getUserMfaInfo({ userId: 'nobody' }), 404, 2004);
  });

  it.each(AWKWARD_ENTRIES)('a user whose id holds %s is imported, read and verified', async (_name, text) => {
    const client = await server().sdk();
    const userId = `${uniqueName('id')} ${text}`.replace(/\p{Cc}/gu, ' ').slice(0, 128);
    const secret = plantedSeed(3);
    const list = [{ userId, otp: { secret } }];
    const made = await client.importOtp({ list, options: { createMissingUsers: true } } as never);
    expect(made).toMatchObject({ statusCode: 200, data: { added: 1, usersCreated: 1 } });
    expect((await client.getUser({ userId })).data.userId).toBe(userId);
    expect((await client.getOtpSecretByUser({ userId })).data.secret).toBe(secret);
    const token = await server().token();
    const body = { userId, code: codeAt(secret, Date.now()) };
    expect((await server().call('POST', '/api/v1/otp/verify', { token, body })).body.data).toEqual({
      verified: true,
      method: 'totp',
    });
  });

  it('a success in English says so, and the SDK language decides', async () => {
    const { key, secret } = await server().createKey();
    const client = new ManagementClient({
      accessKeyId: key.accessKeyId,
      accessKeySecret: secret,
      host: server().url,
      lang: 'en-US',
    });
    expect((await client.isUserExists({ username: 'nobody' })).message).toBe('Success');
    const refused = await client.getUser({ userId: 'nobody' });
    expect(refused.message).toMatch(/^[\x20-\x7e]+$/);
  });

  it('the SDK with a tenant id, whose header is signed too, is let in', async () => {
    const { key, secret } = await server().createKey();
    const client = new ManagementClient({
      accessKeyId: key.accessKeyId,
      accessKeySecret: secret,
      host: server().url,
      tenantId: 'tenant-1',
    });
    expectSuccess(await client.isUserExists({ username: 'nobody' }));
  });

  it('a failure is HTTP 200 with integer codes, a message and a request id, so that the SDK returns it', async () => {
    const client = await server().sdk();
    const answer = await client.importOtp({ list: [{ userId: 'nobody', otp: { secret: plantedSeed(4) } }] });
    expectFailure(answer, 400);
    expect(answer).toMatchObject({
      data: { errorCount: 1, errors: [{ index: 0, userId: 'nobody', field: 'userId', reason: 'user_not_found' }] },
    });
  });

  it('the request id of the envelope is that of the header, on success and on failure', async () => {
    const token = await server().token();
    for (const path of ['/api/v3/list-users', '/api/v3/get-user?userId=nobody', '/api/v3/get-user', '/nowhere']) {
      const { body, headers } = await server().call('GET', path, { token });
      expect(body.requestId).toMatch(UUID);
      expect(headers.get('x-request-id')).toBe(body.requestId);
      expect(Number.isInteger(body.statusCode)).toBe(true);
    }
  });

  it('the message follows x-authing-lang, then accept-language, then Chinese; an empty header counts as none', async () => {
    const token = await server().token();
    const messageWith = async (headers: Record<string, string>) =>
      (await server().call('GET', '/api/v3/list-users', { token, headers })).body.message;
    expect(await messageWith({ 'x-authing-lang': 'en-US' })).toBe('Success');
    expect(await messageWith({ 'x-authing-lang': 'zh-CN', 'accept-language': 'en' })).toBe('操作成功');
    expect(await messageWith({ 'x-authing-lang': '', 'accept-language': 'en-GB,en;q=0.9' })).toBe('Success');
    expect(await messageWith({ 'accept-language': 'fr, zh;q=0.5' })).toBe('操作成功');
    expect(await messageWith({ 'x-authing-lang': '' })).toBe('操作成功');
  });

  it('an empty list and a missing list are refused as arguments, not as a bad signature', async () => {
    const client = await server().sdk();
    expectFailure(await client.importOtp({ list: [] }), 400);
    expectFailure(await client.importOtp({} as never), 400);
    expectFailure(await client.importOtp({ list: undefined } as never), 400);
    expectFailure(await client.importOtp({ list: null } as never), 400);
  });

  it('20,000 items go through in one request of the SDK', { timeout: 60_000 }, async () => {
    const client = await server().sdk();
    const list = Array.from({ length: 20_000 }, (_, index) => ({
      userId: `bulk-${index}`,
      otp: { secret: plantedSeed(index), recoveryCode: plantedCode(index) },
    }));
    const answer = await client.importOtp({ list, options: { createMissingUsers: true } } as never);
    expect(answer).toMatchObject({
      statusCode: 200,
      data: { added: 20_000, usersCreated: 20_000, recoveryCodes: 20_000 },
    });
    const again = await client.importOtp({ list });
    expect(again).toEqual({ statusCode: 200, message: '操作成功', requestId: expect.stringMatching(UUID) });
    for (const index of [0, 9_999, 19_999]) {
      const read = await client.getOtpSecretByUser({ userId: `bulk-${index}` });
      expect(read.data.secret).toBe(plantedSeed(index));
    }
  });
});
