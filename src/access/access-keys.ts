import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Actor, AuditLog } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import { newId } from '../ids.ts';
import { beginSealing } from '../rotation/sealing.ts';
import type { AccessKeyFilter } from '../store/queries/access-keys.ts';
import type { Queries } from '../store/queries/index.ts';
import type { AccessKeyTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { parseScopes, type Scope } from './scopes.ts';
import { shareReads } from './share-reads.ts';

/** What may be told of an access key; its secret is shown once, when it is made. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly poolId: string;
  readonly name: string;
  readonly type: string;
  readonly ownerUserId: string;
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
}

export interface NewAccessKey {
  readonly scopes: readonly Scope[];
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly ownerUserId?: string | undefined;
  readonly tenantId?: string | undefined;
}

export interface AccessKeys {
  create(actor: Actor, wanted: NewAccessKey): Promise<{ key: AccessKey; secret: string }>;
  /** Makes a key where the pool has none; of any number of processes that start at once, one does. */
  createFirst(actor: Actor, wanted: NewAccessKey): Promise<{ key: AccessKey; secret: string } | undefined>;
  list(poolId: string, filter?: AccessKeyFilter): Promise<AccessKey[]>;
  /** @throws `access_key_not_found`, for a key of another pool too */
  get(poolId: string, accessKeyId: string): Promise<AccessKey>;
  setEnabled(actor: Actor, accessKeyId: string, enabled: boolean): Promise<void>;
  delete(actor: Actor, accessKeyId: string): Promise<void>;
  /** Finds a key with its secret, to check a signature; `undefined` where there is none. */
  unlock(accessKeyId: string): Promise<{ key: AccessKey; secret: string } | undefined>;
  find(accessKeyId: string): Promise<AccessKey | undefined>;
  /** Checks id and secret in constant time. */
  check(accessKeyId: string, secret: string): Promise<AccessKey | undefined>;
  recordUse(key: AccessKey): void;
}

const SECRET_BYTES = 24;
/** "Last used" is for people; writing it more often would only cost. */
const USE_RECORDED_EVERY_MS = 60_000;

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
  readonly newSecret: () => string;
  readonly onError: (error: unknown) => void;
}

/** A new secret of 192 random bits, in hex. */
export function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex');
}

export function createAccessKeys({ store, vault, audit, clock, newSecret, onError }: Dependencies): AccessKeys {
  const open = async (row: AccessKeyTable): Promise<string> => {
    await vault.learn([row.sealed_secret]);
    const { pool_id: poolId, access_key_id: accessKeyId, scopes } = row;
    return vault.openAccessKeySecret(row.sealed_secret, { poolId, accessKeyId, scopes });
  };

  const usesRecorded = new Map<string, number>();

  async function insert(
    queries: Queries,
    actor: Actor,
    wanted: NewAccessKey,
  ): Promise<{ key: AccessKey; secret: string }> {
    const sealer = await beginSealing(queries, vault);
    const accessKeyId = newId(clock());
    const secret = newSecret();
    const scopes = wanted.scopes.join(' ');
    const row: AccessKeyTable = {
      access_key_id: accessKeyId,
      pool_id: actor.poolId,
      name: wanted.name ?? '',
      type: wanted.type ?? 'userpool',
      owner_user_id: wanted.ownerUserId ?? '',
      tenant_id: wanted.tenantId ?? '',
      sealed_secret: sealer.sealAccessKeySecret(secret, { poolId: actor.poolId, accessKeyId, scopes }),
      scopes,
      enabled: 1,
      created_at: clock(),
      last_used_at: null,
    };
    await queries.accessKeys.insert(row);
    const detail = { accessKeyId, scopes: wanted.scopes };
    await queries.audit.append([audit.stamp(actor, { action: 'access-key.create', result: 'ok', detail })]);
    return { key: toAccessKey(row), secret };
  }

  async function change(
    actor: Actor,
    action: string,
    accessKeyId: string,
    work: (queries: Queries) => Promise<boolean>,
  ) {
    await store.transaction(async (queries) => {
      if (!(await work(queries))) throw new FactorportError('access_key_not_found');
      await queries.audit.append([audit.stamp(actor, { action, result: 'ok', detail: { accessKeyId } })]);
    });
  }

  return {
    create: (actor, wanted) => store.transaction((queries) => insert(queries, actor, wanted)),
    createFirst: (actor, wanted) =>
      store.transaction(async (queries) => {
        await queries.bulk.lockPool(`first access key of ${actor.poolId}`, 'exclusive');
        const others = await queries.accessKeys.list(actor.poolId);
        return others.length > 0 ? undefined : insert(queries, actor, wanted);
      }),
    async list(poolId, filter) {
      return (await store.read.accessKeys.list(poolId, filter)).map(toAccessKey);
    },
    async get(poolId, accessKeyId) {
      const row = await store.read.accessKeys.find(accessKeyId);
      if (row?.pool_id !== poolId) throw new FactorportError('access_key_not_found');
      return toAccessKey(row);
    },
    setEnabled: (actor, accessKeyId, enabled) =>
      change(actor, enabled ? 'access-key.enable' : 'access-key.disable', accessKeyId, (queries) =>
        queries.accessKeys.setEnabled(actor.poolId, accessKeyId, enabled),
      ),
    delete: (actor, accessKeyId) =>
      change(actor, 'access-key.delete', accessKeyId, (queries) =>
        queries.accessKeys.delete(actor.poolId, accessKeyId),
      ),
    async unlock(accessKeyId) {
      const row = await store.read.accessKeys.find(accessKeyId);
      return row === undefined ? undefined : { key: toAccessKey(row), secret: await open(row) };
    },
    find: shareReads(async (accessKeyId) => {
      const row = await store.read.accessKeys.find(accessKeyId);
      if (row === undefined) return undefined;
      // Opening proves that the row has the scopes it was made with.
      await open(row);
      return toAccessKey(row);
    }),
    async check(accessKeyId, secret) {
      const row = await store.read.accessKeys.find(accessKeyId);
      // An unknown id takes the same comparison, so that it is not told apart by its time.
      const expected = Buffer.from(row === undefined ? '0'.repeat(SECRET_BYTES * 2) : await open(row));
      const actual = Buffer.from(secret);
      const equal = expected.length === actual.length && timingSafeEqual(expected, actual);
      return equal && row !== undefined ? toAccessKey(row) : undefined;
    },
    recordUse(key) {
      const now = clock();
      const recorded = Math.max(usesRecorded.get(key.accessKeyId) ?? 0, key.lastUsedAt ?? 0);
      if (now - recorded < USE_RECORDED_EVERY_MS) return;
      usesRecorded.set(key.accessKeyId, now);
      store.transaction((queries) => queries.accessKeys.recordUse(key.accessKeyId, now)).catch(onError);
    },
  };
}

function toAccessKey(row: AccessKeyTable): AccessKey {
  const parsed = parseScopes(row.scopes);
  return {
    accessKeyId: row.access_key_id,
    poolId: row.pool_id,
    name: row.name,
    type: row.type,
    ownerUserId: row.owner_user_id,
    tenantId: row.tenant_id,
    scopes: 'scopes' in parsed ? parsed.scopes : [],
    enabled: row.enabled === 1,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}
