import { GRANTABLE_BY_ALL } from '../../src/access/scopes.ts';
import { openServices } from '../../src/services.ts';
import type { TestDatabase } from '../support/engines.ts';
import { plant } from '../support/planted.ts';

export interface Prepared {
  readonly poolId: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** A management token that lasts longer than any test. */
  readonly token: string;
}

/** Sets a database up as a first start does, and makes an access key and a token for it. */
export async function prepareDatabase(database: TestDatabase, userIds: readonly string[] = []): Promise<Prepared> {
  const services = await openServices(database.config);
  try {
    const poolId = services.defaultPool.pool_id;
    const actor = { poolId, id: 'cli:test', address: '', requestId: 'test' };
    const now = services.clock();
    const users = userIds.map((userId) => ({
      pool_id: poolId,
      user_id: userId,
      status: 'Activated',
      profile: '{}',
      created_at: now,
      updated_at: now,
    }));
    if (users.length > 0) await services.store.transaction((queries) => queries.bulk.insertUsers(users));
    const { key, secret } = await services.accessKeys.create(actor, { scopes: GRANTABLE_BY_ALL });
    const token = await services.tokenIssuer.issue(actor, key.accessKeyId, secret);
    plant(secret);
    plant(token);
    return { poolId, accessKeyId: key.accessKeyId, accessKeySecret: secret, token };
  } finally {
    await services.close();
  }
}

/** Posts JSON with a management token. @throws where no whole answer came */
export async function post(url: string, path: string, token: string, body: unknown): Promise<PostAnswer> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const envelope = (await response.json()) as Envelope;
  return { status: response.status, ...envelope };
}

interface Envelope {
  readonly statusCode: number;
  readonly apiCode?: number;
  readonly message: string;
  readonly requestId: string;
  readonly data?: unknown;
}

export interface PostAnswer extends Envelope {
  /** Of HTTP itself. */
  readonly status: number;
}
