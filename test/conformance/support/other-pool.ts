import { SCOPES } from '../../../src/access/scopes.ts';
import { newId } from '../../../src/ids.ts';
import { plant } from '../../support/planted.ts';
import type { TestKey, TestServer } from '../../support/test-server.ts';

export interface OtherPool {
  readonly poolId: string;
  readonly key: TestKey;
  readonly token: string;
}

/** A second pool on the same server, and a key of it with every scope. */
export async function createOtherPool(server: TestServer): Promise<OtherPool> {
  const poolId = newId(Date.now() + 60_000);
  await server.services.store.transaction((queries) =>
    queries.pools.insert({ pool_id: poolId, name: 'other', created_at: Date.now() + 60_000 }),
  );
  const actor = { poolId, id: 'cli', address: '', requestId: 'test' };
  const key = await server.services.accessKeys.create(actor, { scopes: SCOPES });
  plant(key.secret);
  const body = { accessKeyId: key.key.accessKeyId, accessKeySecret: key.secret };
  const answer = await server.call('POST', '/api/v3/get-management-token', { body });
  plant(answer.body.data.access_token);
  return { poolId, key, token: answer.body.data.access_token };
}
