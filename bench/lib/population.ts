import { createHash } from 'node:crypto';
import { GRANTABLE_BY_ALL } from '../../src/access/scopes.ts';
import { newId } from '../../src/ids.ts';
import { encodeBase32 } from '../../src/otp/base32.ts';
import { openServices } from '../../src/services.ts';
import type { BenchDatabase } from './databases.ts';
import type { Credentials } from './signed-request.ts';

/** An item of `import-otp`, as the v3 document has it. */
export interface Item {
  readonly userId: string;
  readonly otp: { readonly secret: string; readonly recoveryCode: string };
}

/** Makes one item a user: a seed of 160 bits and a recovery code of six groups of four hex digits. */
export function createItems(count: number): Item[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) => {
    const random = createHash('sha256').update(`bench ${index}`).digest();
    const code = random.toString('hex', 20, 32).match(/.{4}/g) as string[];
    return {
      userId: newId(now),
      otp: { secret: encodeBase32(random.subarray(0, 20)), recoveryCode: code.join('-') },
    };
  });
}

/** Migrates a fresh database, puts the users of the items into it and makes an access key. */
export async function populate(database: BenchDatabase, items: readonly Item[]): Promise<Credentials> {
  const services = await openServices(database.config);
  try {
    const poolId = services.defaultPool.pool_id;
    const now = services.clock();
    const users = items.map(({ userId }) => ({
      pool_id: poolId,
      user_id: userId,
      status: 'Activated',
      profile: '{}',
      created_at: now,
      updated_at: now,
    }));
    await services.store.transaction((queries) => queries.bulk.insertUsers(users));
    const actor = { poolId, id: 'cli:bench', address: '', requestId: 'bench' };
    const { key, secret } = await services.accessKeys.create(actor, { scopes: GRANTABLE_BY_ALL });
    return { accessKeyId: key.accessKeyId, accessKeySecret: secret };
  } finally {
    await services.close();
  }
}
