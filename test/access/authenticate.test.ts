import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { signManagementToken } from '../../src/access/management-token.ts';
import { FactorportError } from '../../src/errors/error.ts';
import { parseBody } from '../../src/http/body.ts';
import { openTestServices, runSql, type TestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { type Capture, credentialsOf, isSigned, readCaptures, timeOf } from './captures.ts';
import { type ChangedRequest, changedRequests } from './changed-requests.ts';
import { authenticate, insertKey, signedGet } from './signed-requests.ts';

const captures = readCaptures();
const signed = captures.filter(isSigned);
const bearing = captures.filter((capture) => !isSigned(capture));
const KEY = { id: 'ak-id-1', secret: 'ak-secret-0123456789abcdef' };
const NOW = Date.parse('2026-11-22T15:13:04Z');

async function openWithKey(engine: (typeof ENGINES)[number], clock: () => number): Promise<TestServices> {
  const opened = await openTestServices(engine, { clock });
  await insertKey(opened.services, KEY.id, KEY.secret);
  return opened;
}

/** What the whole way says to a changed request: `undefined` where it is refused, as a refusal must be. */
async function acceptedChange({ services }: TestServices, capture: Capture, change: ChangedRequest) {
  try {
    if (capture.request.method === 'POST') parseBody(Buffer.from(change.request.body));
    await authenticate(services.authenticator, change);
    return change.what;
  } catch (error) {
    expect(error).toBeInstanceOf(FactorportError);
    expect((error as FactorportError).definition.statusCode).toBeLessThan(500);
    return undefined;
  }
}

describe.each(ENGINES)('authenticator on %s', (engine) => {
  describe.skipIf(captures.length === 0)('with the recorded requests of SDKs', () => {
    it('admits every signed one, once', async () => {
      for (const capture of signed) {
        await using opened = await openWithKey(engine, () => timeOf(capture));
        const { authenticator } = opened.services;
        expect(await authenticate(authenticator, capture)).toMatchObject({
          accessKeyId: KEY.id,
          poolId: opened.poolId,
        });
        await expect(authenticate(authenticator, capture)).rejects.toMatchObject({ code: 'signature_reused' });
      }
    });

    it.each(signed.map((capture) => [`${capture.client} ${capture.request.path}`, capture] as const))(
      'refuses it with any single byte changed: %s',
      async (_, capture) => {
        await using opened = await openWithKey(engine, () => timeOf(capture));
        const accepted = [];
        // Each costs a round trip; that all are refused is proven by the other engine and without a database.
        const changes = changedRequests(capture).filter((_change, index) => engine === 'sqlite' || index % 10 === 0);
        for (const change of changes) accepted.push(await acceptedChange(opened, capture, change));
        expect(accepted.filter((what) => what !== undefined)).toEqual([]);
        expect(await authenticate(opened.services.authenticator, capture)).toBeDefined();
      },
    );

    it('reads the bearer and the bare form of a token, whatever stands beside it', async () => {
      await using opened = await openWithKey(engine, () => NOW);
      const { vault, authenticator } = opened.services;
      const token = await signManagementToken(
        { accessKeyId: KEY.id, poolId: opened.poolId },
        vault.tokenKey('management-token'),
        NOW,
      );
      expect(bearing.map(({ client }) => client)).toEqual(['java', 'python', 'python']);
      for (const { request, authorization } of bearing) {
        const ours = authorization.replace(/[^ ]+$/, token);
        const claim = await authenticator.identify(credentialsOf(request.headers, ours));
        expect(await claim.prove(request)).toMatchObject({ accessKeyId: KEY.id });
        const theirs = authenticator.identify(credentialsOf(request.headers, authorization));
        await expect(theirs).rejects.toMatchObject({ code: 'token_invalid' });
      }
    });
  });

  it('takes Bearer in any case, and an empty one for no credentials', async () => {
    await using opened = await openWithKey(engine, () => NOW);
    const { vault, authenticator } = opened.services;
    const token = await signManagementToken(
      { accessKeyId: KEY.id, poolId: opened.poolId },
      vault.tokenKey('management-token'),
      NOW,
    );
    for (const authorization of [token, `Bearer ${token}`, `bearer   ${token}`, ` BEARER ${token} `]) {
      await expect(authenticator.identify(credentialsOf([], authorization))).resolves.toBeDefined();
    }
    for (const authorization of ['', ' ', 'Bearer', 'Bearer ']) {
      const refused = authenticator.identify(credentialsOf([], authorization));
      await expect(refused).rejects.toMatchObject({ code: 'credentials_missing' });
    }
    const none = { ...credentialsOf([], ''), authorization: [] };
    await expect(authenticator.identify(none)).rejects.toMatchObject({ code: 'credentials_missing' });
    const two = { ...credentialsOf([], ''), authorization: [token, token] };
    await expect(authenticator.identify(two)).rejects.toMatchObject({ code: 'several_authorizations' });
  });

  it('refuses a token of another ring, another pool, a key that is gone or disabled, and one that has expired', async () => {
    let now = NOW;
    await using opened = await openWithKey(engine, () => now);
    await using other = await openWithKey(engine, () => now);
    const { vault, authenticator } = opened.services;
    const { poolId } = opened;
    const identify = async (token: Promise<string>) =>
      authenticator.identify(credentialsOf([], `Bearer ${await token}`));
    const refusals = [
      signManagementToken({ accessKeyId: KEY.id, poolId }, other.services.vault.tokenKey('management-token'), NOW),
      signManagementToken({ accessKeyId: KEY.id, poolId: 'other' }, vault.tokenKey('management-token'), NOW),
      signManagementToken({ accessKeyId: 'gone', poolId }, vault.tokenKey('management-token'), NOW),
    ];
    for (const token of refusals) await expect(identify(token)).rejects.toMatchObject({ code: 'token_invalid' });
    const own = signManagementToken({ accessKeyId: KEY.id, poolId }, vault.tokenKey('management-token'), NOW);
    await expect(identify(own)).resolves.toBeDefined();
    await runSql(opened.database, 'update access_key set enabled = 0');
    await expect(identify(own)).rejects.toMatchObject({ code: 'access_key_disabled' });
    now += 7_200_000;
    await expect(identify(own)).rejects.toMatchObject({ code: 'token_expired' });
  });

  it('refuses a signature of an unknown key, another key, and a disabled one', async () => {
    await using opened = await openWithKey(engine, () => NOW);
    const { authenticator } = opened.services;
    await insertKey(opened.services, 'second', 'second secret');
    const unknown = signedGet({ ...KEY, id: 'unknown' }, NOW, 'n1');
    const crossed = signedGet({ id: 'second', secret: KEY.secret }, NOW, 'n2');
    for (const request of [unknown, crossed]) {
      await expect(authenticate(authenticator, request)).rejects.toMatchObject({ code: 'signature_wrong' });
    }
    await runSql(opened.database, 'update access_key set enabled = 0');
    const disabled = authenticate(authenticator, signedGet(KEY, NOW, 'n3'));
    await expect(disabled).rejects.toMatchObject({ code: 'access_key_disabled' });
  });

  it('refuses a key that was disabled or deleted while the body was on its way', async () => {
    for (const take of ['setEnabled', 'delete'] as const) {
      await using opened = await openWithKey(engine, () => NOW);
      const { vault, authenticator, accessKeys } = opened.services;
      const actor = { poolId: opened.poolId, id: 'test', address: '', requestId: 'test' };
      const token = await signManagementToken(
        { accessKeyId: KEY.id, poolId: opened.poolId },
        vault.tokenKey('management-token'),
        NOW,
      );
      const claim = await authenticator.identify(credentialsOf([], token));
      await accessKeys[take](actor, KEY.id, false);
      await setTimeout(30);
      const request = { method: 'GET', path: '/', query: '', headers: [], body: Buffer.alloc(0) };
      await expect(claim.prove(request), take).rejects.toBeInstanceOf(FactorportError);
    }
  });

  it('refuses a pool header that names another real pool, and overlooks one that names none', async () => {
    await using opened = await openWithKey(engine, () => NOW);
    const { vault, authenticator, store } = opened.services;
    await store.transaction((queries) => queries.pools.insert({ pool_id: 'other', name: '', created_at: NOW }));
    const token = await signManagementToken(
      { accessKeyId: KEY.id, poolId: opened.poolId },
      vault.tokenKey('management-token'),
      NOW,
    );
    const identify = async (poolId: string) => {
      const claim = await authenticator.identify({ ...credentialsOf([], token), poolId });
      return claim.prove({ method: 'GET', path: '/', query: '', headers: [], body: Buffer.alloc(0) });
    };
    for (const poolId of ['', opened.poolId, KEY.id, 'no such pool'])
      await expect(identify(poolId)).resolves.toBeDefined();
    await expect(identify('other')).rejects.toMatchObject({ code: 'pool_mismatch' });
  });

  it.each([
    ['its id', `access_key_id = 'changed'`, 'changed'],
    ['its pool', `pool_id = 'changed'`, KEY.id],
    ['its scopes', `scopes = 'otp:read-secret'`, KEY.id],
  ])('admits nobody by a row whose secret was sealed before somebody changed %s', async (_, change, id) => {
    await using opened = await openWithKey(engine, () => NOW);
    const { authenticator, vault } = opened.services;
    await runSql(opened.database, `update access_key set ${change}`);
    const signed = authenticate(authenticator, signedGet({ ...KEY, id }, NOW, 'n'));
    await expect(signed).rejects.toMatchObject({ code: 'seal_broken' });
    const token = await signManagementToken(
      { accessKeyId: id, poolId: opened.poolId },
      vault.tokenKey('management-token'),
      NOW,
    );
    await expect(authenticator.identify(credentialsOf([], token))).rejects.toMatchObject({
      code: expect.stringMatching(/^(seal_broken|token_invalid)$/),
    });
  });
});
