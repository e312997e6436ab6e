import { createHash } from 'node:crypto';
import { GRANTABLE_BY_ALL } from '../../src/access/scopes.ts';
import type { Actor } from '../../src/audit/audit-log.ts';
import { newId } from '../../src/ids.ts';
import { encodeBase32 } from '../../src/otp/base32.ts';
import { openServices, type Services } from '../../src/services.ts';
import { readAuthingItem } from '../../src/sources/authing-item.ts';
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
export function populate(database: BenchDatabase, items: readonly Item[]): Promise<Credentials> {
  return withServices(database, (services) => addUsersAndKey(services, items));
}

/** Migrates a fresh database and puts users into it, however many. */
export function populateUsers(database: BenchDatabase, userIds: Iterable<readonly string[]>): Promise<void> {
  return withServices(database, async (services) => {
    for (const some of userIds) await addUsers(services, some);
  });
}

/** What someone needs who is to verify codes of a populated database. */
export interface Verifying {
  readonly poolId: string;
  readonly managementToken: string;
}

/** Does what {@link populate} does, then imports the items and exchanges the access key for a management token. */
export function populateWithFactors(database: BenchDatabase, items: readonly Item[]): Promise<Verifying> {
  return withServices(database, async (services) => {
    const { accessKeyId, accessKeySecret } = await addUsersAndKey(services, items);
    const actor = actorIn(services);
    const options = { onExisting: 'fail', createMissingUsers: false, dryRun: false } as const;
    await services.importer.importList({ actor, list: items, readItem: readAuthingItem, options, source: 'bench' });
    const managementToken = await services.tokenIssuer.issue(actor, accessKeyId, accessKeySecret);
    return { poolId: actor.poolId, managementToken };
  });
}

async function addUsersAndKey(services: Services, items: readonly Item[]): Promise<Credentials> {
  const actor = actorIn(services);
  await addUsers(
    services,
    items.map(({ userId }) => userId),
  );
  const { key, secret } = await services.accessKeys.create(actor, { scopes: GRANTABLE_BY_ALL });
  return { accessKeyId: key.accessKeyId, accessKeySecret: secret };
}

async function addUsers({ store, clock, defaultPool }: Services, userIds: readonly string[]): Promise<void> {
  const now = clock();
  const users = userIds.map((userId) => ({
    pool_id: defaultPool.pool_id,
    user_id: userId,
    status: 'Activated',
    profile: '{}',
    created_at: now,
    updated_at: now,
  }));
  await store.transaction((queries) => queries.bulk.insertUsers(users));
}

function actorIn({ defaultPool }: Services): Actor {
  return { poolId: defaultPool.pool_id, id: 'cli:bench', address: '', requestId: 'bench' };
}

async function withServices<Result>(
  { config }: BenchDatabase,
  work: (services: Services) => Promise<Result>,
): Promise<Result> {
  const services = await openServices(config);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}
