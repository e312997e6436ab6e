import { ManagementClient } from 'authing-node-sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plant } from '../support/planted.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import type { NewAccessKey } from './support/sdk-types.ts';
import { AWKWARD } from './support/texts.ts';
import { uniqueName, useServer } from './support/use-server.ts';

const HIDDEN = '********';

describe.each(ENGINES)('%s: access keys by the SDK', (engine) => {
  const server = useServer(engine);
  let client: ManagementClient;
  beforeAll(async () => {
    client = await server().sdk();
  });

  async function create(wanted: Partial<NewAccessKey> & Record<string, unknown> = {}) {
    const made = await client.createAccessKey({ type: 'userpool', ...wanted });
    expectSuccess(made);
    const [key] = made.data;
    if (key === undefined) throw new Error('no key in the answer');
    plant(key.accessKeySecret);
    return key;
  }

  const clientOf = ({ accessKeyId, accessKeySecret }: { accessKeyId: string; accessKeySecret: string }) =>
    new ManagementClient({ accessKeyId, accessKeySecret, host: server().url });

  async function tokenOf({ accessKeyId, accessKeySecret }: { accessKeyId: string; accessKeySecret: string }) {
    const body = { accessKeyId, accessKeySecret };
    const { body: answer } = await server().call('POST', '/api/v3/get-management-token', { body });
    plant(answer.data.access_token);
    return answer.data.access_token as string;
  }

  it('a key made by createAccessKey works at once, with the scopes of its maker but never otp:read-secret', async () => {
    const key = await create();
    expect(key).toMatchObject({ userPoolId: server().poolId, enable: true, status: 'activated' });
    const made = clientOf(key);
    expectSuccess(await made.listUsers({}));
    expectFailure(await made.getOtpSecretByUser({ userId: 'anyone' }), 403);
  });

  it('a key gets exactly the scopes asked for, and none that its maker lacks', async () => {
    const reader = clientOf(await create({ scopes: ['users:read'] }));
    expectSuccess(await reader.listUsers({}));
    expectFailure(await reader.createUser({ username: uniqueName() }), 403);
    const manager = clientOf(await create({ scopes: ['keys:manage'] }));
    expectFailure(await manager.createAccessKey({ type: 'userpool', scopes: ['users:read'] } as never), 403);
    expectFailure(await manager.createAccessKey({ type: 'userpool', scopes: ['all'] } as never), 403);
    const own = await manager.createAccessKey({ type: 'userpool' });
    expect(own.data[0]).toMatchObject({ scopes: ['keys:manage'] });
    plant(own.data[0]?.accessKeySecret as string);
  });

  it('the secret is shown once: neither list nor get tells it again', async () => {
    const { accessKeyId } = await create();
    const got = await client.getAccessKey({ accessKeyId, userId: undefined as never });
    expectSuccess(got);
    expect(got.data).toMatchObject([{ accessKeyId, accessKeySecret: HIDDEN }]);
    const listed = await client.getAccessKeyList({});
    expectSuccess(listed);
    expect(listed.data.map((key) => key.accessKeyId)).toContain(accessKeyId);
    for (const key of listed.data) expect(key).toMatchObject({ accessKeySecret: HIDDEN });
  });

  it('getAccessKeyList filters by user, tenant, type and status, awkward texts and all', async () => {
    const name = uniqueName();
    const owner = { userId: `${name} 用户`, tenantId: `${name} &+%`, type: `${name} 类型` };
    const { accessKeyId } = await create(owner);
    const idsFor = async (filter: Parameters<ManagementClient['getAccessKeyList']>[0]) =>
      (await client.getAccessKeyList(filter)).data.map((key) => key.accessKeyId);
    for (const filter of [{ userId: owner.userId }, { tenantId: owner.tenantId }, { type: owner.type }, owner]) {
      expect(await idsFor(filter)).toEqual([accessKeyId]);
    }
    expect(await idsFor({ ...owner, status: ['activated'] })).toEqual([accessKeyId]);
    expect(await idsFor({ ...owner, status: ['activated', 'staging'] })).toEqual([accessKeyId]);
    expect(await idsFor({ ...owner, status: ['revoked'] })).toEqual([]);
    expect(await idsFor({ ...owner, type: 'another' })).toEqual([]);
  });

  it('getAccessKeyList takes empty parameters as none: an empty text and an empty list', async () => {
    const all = (await client.getAccessKeyList({})).data.length;
    const byEmptyText = await client.getAccessKeyList({ userId: '', tenantId: '', type: '' });
    expect(byEmptyText).toMatchObject({ statusCode: 200 });
    expect(byEmptyText.data).toHaveLength(all);
    const byEmptyList = await client.getAccessKeyList({ status: [] });
    expect(byEmptyList).toMatchObject({ statusCode: 200 });
    expect(byEmptyList.data).toHaveLength(all);
  });

  it('a disabled key is refused by signature and by the token it had, and works again when enabled', async () => {
    const key = await create();
    const [made, token] = [clientOf(key), await tokenOf(key)];
    const { accessKeyId } = key;
    expect(await client.updateAccessKey({ accessKeyId, enable: false })).toMatchObject({ data: { success: true } });
    expectFailure(await made.listUsers({}), 403);
    expectFailure((await server().call('GET', '/api/v3/list-users', { token })).body, 403);
    const [shown] = (await client.getAccessKey({ accessKeyId, userId: '' })).data;
    expect(shown).toMatchObject({ enable: false, status: 'staging' });
    expectSuccess(await client.updateAccessKey({ accessKeyId, enable: true }));
    expectSuccess(await made.listUsers({}));
    expectSuccess((await server().call('GET', '/api/v3/list-users', { token })).body);
  });

  it('a deleted key is refused by signature and by the token it had, and is gone', async () => {
    const key = await create();
    const [made, token] = [clientOf(key), await tokenOf(key)];
    const deleted = await client.deleteAccessKey({ accessKeyId: key.accessKeyId });
    expectSuccess(deleted);
    expectFailure(await made.listUsers({}), 401, 1300);
    expectFailure((await server().call('GET', '/api/v3/list-users', { token })).body, 401, 2020);
    const { accessKeyId } = key;
    expectFailure(await client.getAccessKey({ accessKeyId, userId: '' }), 404);
    expectFailure(await client.deleteAccessKey({ accessKeyId }), 404);
    expectFailure(await client.updateAccessKey({ accessKeyId, enable: true }), 404);
  });

  it('a key cannot disable or delete itself', async () => {
    const key = await create();
    const made = clientOf(key);
    expectFailure(await made.updateAccessKey({ accessKeyId: key.accessKeyId, enable: false }), 400);
    expectFailure(await made.deleteAccessKey({ accessKeyId: key.accessKeyId }), 400);
    expectSuccess(await made.listUsers({}));
  });

  it('names and types of keys are kept as they came, up to their limit', async () => {
    const name = AWKWARD.slice(0, 128);
    const key = await create({ name, type: name });
    expect(key).toMatchObject({ name, type: name });
    expectFailure(await client.createAccessKey({ type: 'x'.repeat(129) }), 400);
    expectFailure(await client.createAccessKey({} as never), 400);
  });
});
