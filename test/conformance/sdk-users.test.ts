import type { ManagementClient } from 'authing-node-sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { DISCARDED, FREE_TEXTS, fullProfile, identityFor } from './support/profile.ts';
import type { NewUser, WhoExists } from './support/sdk-types.ts';
import { AWKWARD, AWKWARD_ENTRIES } from './support/texts.ts';
import { uniqueName, useServer } from './support/use-server.ts';

const EVERYTHING = { withCustomData: true, withIdentities: true, withDepartmentIds: true };

/** What of a profile is to come back. */
function keptOf(profile: NewUser): Record<string, unknown> {
  const kept = Object.entries(profile).filter(([name]) => !(DISCARDED as readonly string[]).includes(name));
  const identities = profile.identities?.map(({ accessToken: _a, refreshToken: _r, ...identity }) => identity);
  return { ...Object.fromEntries(kept), ...(identities === undefined ? {} : { identities }) };
}

describe.each(ENGINES)('%s: users by the SDK', (engine) => {
  const server = useServer(engine);
  let client: ManagementClient;
  beforeAll(async () => {
    client = await server().sdk();
  });

  it('createUser keeps every member of the DTO as it came, but no password, salt or token', async () => {
    const profile = fullProfile(uniqueName());
    const made = await client.createUser(profile);
    expectSuccess(made);
    expect(made.data).toMatchObject(keptOf(profile));
    const { data } = await client.getUser({ userId: made.data.userId, ...EVERYTHING });
    expect(data).toMatchObject(keptOf(profile));
    expect(JSON.stringify(data)).not.toContain('never kept');
    expect(data).not.toHaveProperty('password');
    expect(data).not.toHaveProperty('salt');
  });

  it('getUser gives custom data, identities and departments only when asked', async () => {
    const { data: made } = await client.createUser(fullProfile(uniqueName()));
    const { data } = await client.getUser({ userId: made.userId });
    for (const member of ['customData', 'identities', 'departmentIds']) expect(data).not.toHaveProperty(member);
  });

  it('createUser with otp binds the authenticator at once', async () => {
    const otp = { secret: plantedSeed(10), recoveryCode: plantedCode(10) };
    const made = await client.createUser({ username: uniqueName(), otp });
    expectSuccess(made);
    expect(made.data).not.toHaveProperty('otp');
    expect((await client.getOtpSecretByUser({ userId: made.data.userId })).data.secret).toBe(otp.secret);
  });

  it('createUser with a bad otp makes no user', async () => {
    const username = uniqueName();
    const refused = await client.createUser({ username, otp: { secret: 'not base32!' } });
    expectFailure(refused, 400);
    expect(refused).toMatchObject({ data: { errors: [{ index: 0, field: 'otp.secret', reason: 'not_base32' }] } });
    expect((await client.isUserExists({ username })).data.exists).toBe(false);
  });

  it('createUser refuses an identifier that another user has, and makes no user', async () => {
    const username = uniqueName();
    await client.createUser({ username });
    const externalId = uniqueName('external');
    expectFailure(await client.createUser({ username, externalId, otp: { secret: plantedSeed(11) } }), 409);
    expect((await client.isUserExists({ externalId })).data.exists).toBe(false);
  });

  it('createUser without any member, and with every member null, is signed rightly', async () => {
    expectSuccess(await client.createUser({}));
    const nothing = Object.fromEntries([...FREE_TEXTS, 'email', 'phone', 'otp'].map((name) => [name, null]));
    expectSuccess(await client.createUser(nothing as never));
  });

  it('dates are taken as Date objects and as texts, each as the client signs it', async () => {
    const birthdate = new Date('1999-12-31T23:59:59.123Z');
    const byDate = await client.createUser({ username: uniqueName(), birthdate: birthdate as never });
    expectSuccess(byDate);
    expect(byDate.data.birthdate).toBe(birthdate.toISOString());
    const byText = await client.createUser({ username: uniqueName(), birthdate: birthdate.toISOString() });
    expectSuccess(byText);
    const nested = await client.createUser({ username: uniqueName(), customData: { at: birthdate } });
    expectSuccess(nested);
    expect(nested.data.customData).toEqual({ at: birthdate.toISOString() });
  });

  it('a Date object beside a text that looks like a date is taken', async () => {
    const externalId = `2022-06-03T00:00:00Z ${uniqueName()}`;
    expectSuccess(await client.createUser({ externalId, birthdate: new Date() as never }));
  });

  it('createUsersBatch makes one user, and fifty, with and without otp, in order', async () => {
    expectSuccess(await client.createUsersBatch({ list: [fullProfile(uniqueName())] }));
    const list = Array.from({ length: 50 }, (_, index) => ({
      username: uniqueName(`batch ${AWKWARD}`),
      ...(index % 2 === 0 ? { otp: { secret: plantedSeed(index) } } : {}),
    }));
    const made = await client.createUsersBatch({ list, options: {} });
    expectSuccess(made);
    expect(made.data.map((user) => user.username)).toEqual(list.map((user) => user.username));
    const first = await client.getOtpSecretByUser({ userId: made.data[0]?.userId as string });
    expect(first.data.secret).toBe(plantedSeed(0));
    expectFailure(await client.getOtpSecretByUser({ userId: made.data[1]?.userId as string }), 404);
  });

  it('createUsersBatch makes nobody if one cannot be made, and takes at most fifty', async () => {
    const good = uniqueName();
    const taken = uniqueName();
    await client.createUser({ username: taken });
    expectFailure(await client.createUsersBatch({ list: [{ username: good }, { username: taken }] }), 409);
    const bad = await client.createUsersBatch({ list: [{ username: good }, { otp: { secret: 'A' } }] });
    expectFailure(bad, 400);
    expect(bad).toMatchObject({ data: { errorCount: 1, errors: [{ index: 1, field: 'otp.secret' }] } });
    expect((await client.isUserExists({ username: good })).data.exists).toBe(false);
    const tooMany = Array.from({ length: 51 }, () => ({ username: uniqueName() }));
    expectFailure(await client.createUsersBatch({ list: tooMany }), 400);
    expectFailure(await client.createUsersBatch({ list: [] }), 400);
  });

  it('getUser finds a user by every userIdType', async () => {
    const name = uniqueName();
    const profile = { ...fullProfile(name), customData: { 工号: `${name}+&%` } };
    const { userId } = (await client.createUser(profile)).data;
    const identity = identityFor(name);
    const names = {
      user_id: userId,
      external_id: profile.externalId,
      phone: `+86 ${profile.phone}`,
      email: profile.email?.toUpperCase(),
      username: profile.username,
      identity: `${identity.extIdpId}:${identity.userIdInIdp}`,
      sync_relation: `${identity.provider}:${identity.userIdInIdp}`,
      custom_field: `工号:${name}+&%`,
    };
    for (const [userIdType, id] of Object.entries(names)) {
      const found = await client.getUser({ userId: id as string, userIdType: userIdType as never });
      expect({ userIdType, userId: found.data?.userId }).toEqual({ userIdType, userId });
      const missing = await client.getUser({ userId: `no ${id}`, userIdType: userIdType as never });
      expectFailure(missing, 404, 2004);
    }
  });

  it('a custom field that two users share names neither of them: 409', async () => {
    const customData = { shared: uniqueName('value') };
    const list = [1, 2].map((number) => ({ username: uniqueName(), customData, otp: { secret: plantedSeed(number) } }));
    await client.createUsersBatch({ list });
    const named = { userId: `shared:${customData.shared}`, userIdType: 'custom_field' } as const;
    expectFailure(await client.getUser(named), 409);
    expectFailure(await client.getOtpSecretByUser(named), 409);
    expectFailure(await client.getUserBatch({ userIds: [named.userId], userIdType: 'custom_field' }), 409);
    const options = { userIdType: 'custom_field' as never };
    expectFailure(await client.deleteUsersBatch({ userIds: [named.userId], options }), 409);
    const token = await server().token();
    const verified = await server().call('POST', '/api/v1/otp/verify', { token, body: { ...named, code: '000000' } });
    expect(verified).toMatchObject({ status: 409, body: { data: { verified: false } } });
  });

  it.each(AWKWARD_ENTRIES)('getUser and getUserBatch find a username that holds %s', async (_name, text) => {
    const username = `${uniqueName()} ${text}`;
    const { userId } = (await client.createUser({ username })).data;
    const query = { userIdType: 'username' } as const;
    expect((await client.getUser({ userId: username, ...query })).data?.userId).toBe(userId);
    const batch = await client.getUserBatch({ userIds: [username], ...query });
    expect(batch.data?.map((user) => user.userId)).toEqual([userId]);
  });

  it('getUserBatch gives the users found in the order asked for, and leaves out the others', async () => {
    const usernames = Array.from({ length: 50 }, () => uniqueName(`${AWKWARD}`.slice(0, 80)));
    const made = await client.createUsersBatch({ list: usernames.map((username) => ({ username })) });
    const userIds = made.data.map((user) => user.userId).reverse();
    const answer = await client.getUserBatch({ userIds, withCustomData: true });
    expectSuccess(answer);
    expect(answer.data.map((user) => user.userId)).toEqual(userIds);
    const some = await client.getUserBatch({ userIds: ['nobody', userIds[3] as string, 'no,body'] });
    expect(some.data.map((user) => user.userId)).toEqual([userIds[3]]);
    const one = await client.getUserBatch({ userIds: [usernames[0] as string], userIdType: 'username' });
    expect(one.data).toHaveLength(1);
  });

  it('getUserBatch refuses more than fifty ids, and none, as arguments', async () => {
    const userIds = Array.from({ length: 51 }, (_, index) => `u${index}`);
    expectFailure(await client.getUserBatch({ userIds }), 400);
    expectFailure(await client.getUserBatch({ userIds: [] }), 400);
  });

  it('isUserExists answers for each identifier', async () => {
    const profile = fullProfile(uniqueName());
    await client.createUser(profile);
    const { username, email, phone, externalId } = profile;
    for (const named of [{ username }, { email }, { phone }, { externalId }] as WhoExists[]) {
      expect((await client.isUserExists(named)).data).toEqual({ exists: true });
      const other = Object.fromEntries(Object.entries(named).map(([name, value]) => [name, `no ${value}`]));
      expect((await client.isUserExists(other)).data).toEqual({ exists: false });
    }
    expectFailure(await client.isUserExists({}), 400);
  });
});
