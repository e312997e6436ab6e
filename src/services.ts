import { access, constants, mkdir } from 'node:fs/promises';
import { type AccessKeys, createAccessKeys, randomSecret } from './access/access-keys.ts';
import { type Authenticator, createAuthenticator } from './access/authenticate.ts';
import { TOKEN_LIFETIME_SECONDS } from './access/management-token.ts';
import { createTokenIssuer, type TokenIssuer } from './access/token-issuer.ts';
import { type AuditLog, createAuditLog } from './audit/audit-log.ts';
import { type Config, masterKeyPath, sqlitePath } from './config.ts';
import { FactorportError } from './errors/error.ts';
import { asOne, findMasterKeys } from './find-master-key.ts';
import { newId } from './ids.ts';
import { createImporter, type Importer } from './import/importer.ts';
import { completeChange, type MasterKeySetting } from './rotation/change-master-key.ts';
import { createVaultKeys, type VaultKeys } from './rotation/vault-keys.ts';
import { openPostgresStore } from './store/postgres/postgres-store.ts';
import type { PoolTable } from './store/schema.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { SchemaVersion, Store } from './store/store.ts';
import { createUsers, type Users } from './users/users.ts';
import { createRingKeys, openKeyRing } from './vault/key-ring.ts';
import { createMasterKeyFile } from './vault/master-key/file.ts';
import type { MasterKey } from './vault/master-key.ts';
import { createVault, type Vault } from './vault/vault.ts';
import { createSecretReader, type SecretReader } from './verify/secret-reader.ts';
import { createVerifier, type Verifier } from './verify/verifier.ts';

/** Everything the program is made of, put together. HTTP and the command line stand on this and know nothing below. */
export interface Services {
  readonly config: Config;
  readonly clock: () => number;
  readonly store: Store;
  readonly vault: Vault;
  readonly vaultKeys: VaultKeys;
  readonly audit: AuditLog;
  readonly accessKeys: AccessKeys;
  readonly authenticator: Authenticator;
  readonly users: Users;
  readonly importer: Importer;
  readonly verifier: Verifier;
  readonly secretReader: SecretReader;
  readonly tokenIssuer: TokenIssuer;
  /** The pool made at first start. */
  readonly defaultPool: PoolTable;
  /** Whether this start made the key ring and the pool. */
  readonly isFirstStart: boolean;
  hasPool(poolId: string): Promise<boolean>;
  /** @throws `unavailable` where the database does not answer */
  ping(): Promise<void>;
  /** Ends what was begun, in reverse order; what was acknowledged is on the disk. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly clock?: () => number;
  /** Where secrets of new access keys come from. */
  readonly newSecret?: () => string;
  /** Told of failures that no caller waits for. */
  readonly onError?: (error: unknown) => void;
}

const FORGET_NONCES_EVERY_MS = 60_000;

/** Opens the database, migrates it, opens the key ring, and at first start makes both it and a user pool. */
export async function openServices(config: Config, options: ServiceOptions = {}): Promise<Services> {
  const { clock = Date.now, newSecret = randomSecret, onError = () => undefined } = options;
  const store = await openStore(config, clock);
  try {
    await reachDatabase(store.migrate());
    const { vault, setting, isFirstStart } = await openVault(config, store, clock);
    const defaultPool = await ensurePool(store, clock);
    const audit = createAuditLog(store, clock, onError);
    const tokenLifetimeMs = TOKEN_LIFETIME_SECONDS * 1000;
    const vaultKeys = createVaultKeys({ store, vault, audit, clock, setting, tokenLifetimeMs, onError });
    const accessKeys = createAccessKeys({ store, vault, audit, clock, newSecret, onError });
    const skewMs = config.clockSkewSeconds * 1000;
    const authenticator = createAuthenticator({ store, vault, accessKeys, clock, skewMs });
    const importer = createImporter({ store, vault, audit, clock });
    const users = createUsers({ store, importer, audit, clock });
    const verifier = createVerifier({ store, vault, audit, clock, windowSteps: config.verifyWindowSteps });
    const secretReader = createSecretReader({ store, vault, audit });
    const tokenIssuer = createTokenIssuer({ accessKeys, vault, audit, clock });
    const forgetNonces = setInterval(() => {
      store.transaction((queries) => queries.nonces.forgetExpired(clock())).catch(onError);
    }, FORGET_NONCES_EVERY_MS);
    forgetNonces.unref();
    return {
      config,
      clock,
      store,
      vault,
      vaultKeys,
      audit,
      accessKeys,
      authenticator,
      users,
      importer,
      verifier,
      secretReader,
      tokenIssuer,
      defaultPool,
      isFirstStart,
      hasPool: async (poolId) => (await store.read.pools.find(poolId)) !== undefined,
      ping: () => store.ping(),
      async close() {
        clearInterval(forgetNonces);
        await vaultKeys.close();
        await audit.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** @throws `not_installed` where the embedded database is not there: opening it would quietly make another installation */
export async function requireInstallation(config: Config): Promise<void> {
  if (config.databaseUrl !== undefined) return;
  await access(sqlitePath(config)).catch((cause: unknown) => {
    throw new FactorportError('not_installed', { parameters: { path: config.dataDir }, cause });
  });
}

/** Sets the database up, or brings it up to date, and does nothing else. */
export async function migrateDatabase(config: Config, clock: () => number = Date.now): Promise<SchemaVersion> {
  const store = await openStore(config, clock);
  try {
    return await reachDatabase(store.migrate());
  } finally {
    await store.close();
  }
}

/** While starting up, a database that does not answer has a reason that whoever starts the program can mend. */
export async function reachDatabase<Result>(contact: Promise<Result>): Promise<Result> {
  try {
    return await contact;
  } catch (error) {
    if (!(error instanceof FactorportError) || error.code !== 'unavailable') throw error;
    const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
    throw new FactorportError('database_unreachable', { parameters: { reason: message || code || '' }, cause: error });
  }
}

/** Opens the configured database without touching what is in it. */
export async function openStore(config: Config, clock: () => number = Date.now): Promise<Store> {
  if (config.databaseUrl !== undefined) return openPostgresStore(config.databaseUrl, clock);
  await ensureDirectory(config.dataDir);
  const path = sqlitePath(config);
  try {
    return openSqliteStore(path, clock);
  } catch (error) {
    const { message } = error as Error;
    throw new FactorportError('database_unusable', { parameters: { path, reason: message }, cause: error });
  }
}

/**
 * Opens the key ring, or makes it where the database has none. A master key is made only together with a ring: a new
 * one beside an existing ring would hide that the old one is missing.
 */
async function openVault(
  config: Config,
  store: Store,
  clock: () => number,
): Promise<{ vault: Vault; setting: MasterKeySetting; isFirstStart: boolean }> {
  let isFirstStart = false;
  const file = (config.masterKey ?? config.masterKeyUri) ? undefined : masterKeyPath(config);
  if (file !== undefined) await completeChange(store, file);
  let masterKeys = await findMasterKeys(config);
  // Read after the file: a change of the master key in between then meets a key that can read the file again.
  let wrappedKeys = await store.read.ringKeys.list();
  if (wrappedKeys.length === 0) {
    if (masterKeys.present === undefined) {
      await createMasterKeyFile(masterKeyPath(config));
      masterKeys = await findMasterKeys(config);
    }
    const newKeys = await createRingKeys(masterKeys.present as MasterKey);
    wrappedKeys = await store.transaction(async (queries) => {
      await queries.bulk.lockPool('key ring', 'exclusive');
      const madeByAnother = await queries.ringKeys.list();
      isFirstStart = madeByAnother.length === 0;
      if (!isFirstStart) return madeByAnother;
      await queries.ringKeys.insert(newKeys, clock());
      return newKeys;
    });
  }
  const masterKey = asOne(masterKeys);
  if (masterKey === undefined) {
    throw new FactorportError('master_key_missing', { parameters: { path: masterKeyPath(config) } });
  }
  const ring = await openKeyRing(masterKey, wrappedKeys, () => store.read.ringKeys.list());
  return { vault: createVault(ring), setting: { ...masterKeys, file }, isFirstStart };
}

async function ensurePool(store: Store, clock: () => number): Promise<PoolTable> {
  const existing = await store.read.pools.findDefault();
  if (existing !== undefined) return existing;
  return store.transaction(async (queries) => {
    await queries.bulk.lockPool('default pool', 'exclusive');
    const madeByAnother = await queries.pools.findDefault();
    if (madeByAnother !== undefined) return madeByAnother;
    const pool = { pool_id: newId(clock()), name: 'default', created_at: clock() };
    await queries.pools.insert(pool);
    return pool;
  });
}

async function ensureDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.W_OK);
  } catch (error) {
    throw new FactorportError('data_dir_unusable', { parameters: { path }, cause: error });
  }
}
