import type { ManagementClient } from 'authing-node-sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { codeAt } from './support/codes.ts';
import { rowsOfUser } from './support/database.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { FREE_TEXTS, fullProfile, identityFor } from './support/profile.ts';
import { AWKWARD } from './support/texts.ts';
import { uniqueName, useServer } from './support/use-server.ts';

const NO_ROWS = { app_user: 0, user_identifier: 0, factor: 0, recovery_code: 0 };

describe.each(ENGINES)('%s: changing users by the SDK', (engine) => {
  const server = useServer(engine);
  let client: ManagementClient;
  beforeAll(async () => {
    client = await server().sdk();
  });

  it('updateUser changes every member of the DTO and leaves the others', async () => {
    const { userId } = (await client.createUser({ username: uniqueName(), company: 'kept' })).data;
    const texts = Object.fromEntries(FREE_TEXTS.filter((name) => name !== 'company').map((name) => [name, AWKWARD]));
    const name = uniqueName();
    const given = {
      ...texts,
      email: `${name}@例子.测试`,
      username: `${name} ${AWKWARD}`,
      externalId: `外 ${name}`,
      phone: `137${String(Math.random()).slice(2, 10)}`,
      customData: { 键: AWKWARD },
      metadata: { m: 1 },
      emailVerified: true,
      phoneVerified: true,
    };
    const updated = await client.updateUser({ userId, ...given, options: {} });
    expectSuccess(updated);
    const { data } = await client.getUser({ userId, withCustomData: true });
    expect(data).toMatchObject({ ...given, company: 'kept', userId });
  });

  it('updateUser names the user by every userIdType that is unique', async () => {
    const name = uniqueName();
    const profile = fullProfile(name);
    const { userId } = (await client.createUser(profile)).data;
    const identity = identityFor(name);
    const names = {
      user_id: userId,
      external_id: profile.externalId,
      phone: profile.phone,
      email: profile.email,
      username: profile.username,
      identity: `${identity.extIdpId}:${identity.userIdInIdp}`,
      sync_relation: `${identity.provider}:${identity.userIdInIdp}`,
    };
    for (const [userIdType, id] of Object.entries(names)) {
      const options = { userIdType } as never;
      const changed = await client.updateUser({ userId: id as string, nickname: userIdType, options });
      expect(changed).toMatchObject({ statusCode: 200, data: { userId, nickname: userIdType } });
    }
  });

  it('updateUser moves an identifier: the old one is free, the new one finds the user', async () => {
    const [before, after] = [uniqueName('before'), uniqueName('after')];
    const { userId } = (await client.createUser({ username: before })).data;
    expectSuccess(await client.updateUser({ userId, username: after }));
    expect((await client.isUserExists({ username: before })).data.exists).toBe(false);
    expect((await client.getUser({ userId: after, userIdType: 'username' })).data.userId).toBe(userId);
    expectSuccess(await client.createUser({ username: before }));
    expectFailure(await client.updateUser({ userId, username: before }), 409);
    expect((await client.getUser({ userId: after, userIdType: 'username' })).data.userId).toBe(userId);
    expectSuccess(await client.updateUser({ userId, username: '' }));
    expect((await client.isUserExists({ username: after })).data.exists).toBe(false);
  });

  it('updateUser leaves the authenticator bound, and says 404 for nobody', async () => {
    const otp = { secret: plantedSeed(20) };
    const { userId } = (await client.createUser({ username: uniqueName(), otp })).data;
    expectSuccess(await client.updateUser({ userId, birthdate: new Date(0) as never, nickname: AWKWARD }));
    expect((await client.getOtpSecretByUser({ userId })).data.secret).toBe(otp.secret);
    expectFailure(await client.updateUser({ userId: 'nobody', name: 'x' }), 404, 2004);
  });

  it('updateUser with a user id alone changes nothing and is signed rightly', async () => {
    const username = uniqueName();
    const { userId } = (await client.createUser({ username })).data;
    expectSuccess(await client.updateUser({ userId }));
    expect((await client.getUser({ userId })).data.username).toBe(username);
  });

  it.each([
    'user_id',
    'external_id',
    'phone',
    'email',
    'username',
    'identity',
    'sync_relation',
    'custom_field',
  ] as const)(
    'deleteUsersBatch by %s deletes the user with its OTP: not one row remains, and nothing verifies',
    async (userIdType) => {
      const name = uniqueName();
      const secret = plantedSeed(21);
      const otp = { secret, recoveryCode: plantedCode(21) };
      const profile = { ...fullProfile(name), customData: { 工号: name }, otp };
      const { userId } = (await client.createUser(profile)).data;
      const identity = identityFor(name);
      const id = {
        user_id: userId,
        external_id: profile.externalId,
        phone: profile.phone,
        email: profile.email,
        username: profile.username,
        identity: `${identity.extIdpId}:${identity.userIdInIdp}`,
        sync_relation: `${identity.provider}:${identity.userIdInIdp}`,
        custom_field: `工号:${name}`,
      }[userIdType] as string;
      expect(await rowsOfUser(server(), userId)).toMatchObject({ app_user: 1, factor: 1, recovery_code: 1 });

      const deleted = await client.deleteUsersBatch({ userIds: [id], options: { userIdType: userIdType as never } });
      expectSuccess(deleted);
      expect(deleted.data).toEqual({ success: true });

      expect(await rowsOfUser(server(), userId)).toEqual(NO_ROWS);
      const body = { userId, code: codeAt(secret, Date.now()) };
      const verified = await server().call('POST', '/api/v1/otp/verify', { token: await server().token(), body });
      expect(verified).toMatchObject({ status: 404, body: { data: { verified: false } } });
      expectFailure(await client.getOtpSecretByUser({ userId }), 404, 2004);
      expectFailure(await client.deleteUsersBatch({ userIds: [userId] }), 404, 2004);
    },
  );

  it('deleteUsersBatch deletes nobody if one of the users does not exist', async () => {
    const { userId } = (await client.createUser({ username: uniqueName(), otp: { secret: plantedSeed(22) } })).data;
    expectFailure(await client.deleteUsersBatch({ userIds: [userId, 'nobody'] }), 404, 2004);
    expect((await client.getOtpSecretByUser({ userId })).data.secret).toBe(plantedSeed(22));
  });

  it('deleteUsersBatch takes fifty at once, and a user named twice in whatever spelling is one user', async () => {
    const list = Array.from({ length: 50 }, () => ({ username: uniqueName() }));
    const made = await client.createUsersBatch({ list });
    expectSuccess(await client.deleteUsersBatch({ userIds: made.data.map((user) => user.userId) }));
    const email = `${uniqueName()}@example.com`;
    await client.createUser({ email });
    const options = { userIdType: 'email' as never };
    expectSuccess(await client.deleteUsersBatch({ userIds: [email, email.toUpperCase()], options }));
    expect((await client.isUserExists({ email })).data.exists).toBe(false);
  });
});
