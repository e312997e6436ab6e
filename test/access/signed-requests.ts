import { createHmac } from 'node:crypto';
import type { Authenticator } from '../../src/access/authenticate.ts';
import { GRANTABLE_BY_ALL } from '../../src/access/scopes.ts';
import type { SignedRequest } from '../../src/access/signature.ts';
import { beginSealing } from '../../src/rotation/sealing.ts';
import type { Services } from '../../src/services.ts';
import { credentialsOf } from './captures.ts';

/** Puts an access key with a known id and secret into a database. */
export async function insertKey(services: Services, accessKeyId: string, secret: string): Promise<void> {
  const poolId = services.defaultPool.pool_id;
  const scopes = GRANTABLE_BY_ALL.join(' ');
  await services.store.transaction(async (queries) => {
    const sealer = await beginSealing(queries, services.vault);
    await queries.accessKeys.insert({
      access_key_id: accessKeyId,
      pool_id: poolId,
      name: '',
      type: 'userpool',
      owner_user_id: '',
      tenant_id: '',
      sealed_secret: sealer.sealAccessKeySecret(secret, { poolId, accessKeyId, scopes }),
      scopes,
      enabled: 1,
      created_at: 0,
      last_used_at: null,
    });
  });
}

/** A signed GET as a client sends it; `nonce` may be left out. */
export function signedGet(
  key: { id: string; secret: string },
  time: number,
  nonce?: string,
): { request: SignedRequest; authorization: string } {
  const headers: [string, string][] = [['x-authing-date', String(time)]];
  if (nonce !== undefined) headers.push(['x-authing-signature-nonce', nonce]);
  const text = `GET\n${headers.map(([name, value]) => `${name}:${value}\n`).join('')}/api/v3/x?userId=u-1`;
  const signature = createHmac('sha1', key.secret).update(text).digest('base64');
  const request = { method: 'GET', path: '/api/v3/x', query: 'userId=u-1', headers, body: Buffer.alloc(0) };
  return { request, authorization: `authing ${key.id}:${signature}` };
}

/** Goes the way of a request: headers first, then the proof. */
export async function authenticate(
  authenticator: Authenticator,
  { request, authorization }: { request: SignedRequest; authorization: string },
) {
  const { headers } = request;
  const claim = await authenticator.identify(credentialsOf(headers, authorization));
  return claim.prove(request);
}
