import { randomBytes as cryptoRandomBytes } from 'node:crypto';
import { type AccessKeys, createAccessKeys, randomSecret } from './access/access-keys.ts';
import { type Authenticator, createAuthenticator } from './access/authenticate.ts';
import { TOKEN_LIFETIME_SECONDS } from './access/management-token.ts';
import { createTokenIssuer, type TokenIssuer } from './access/token-issuer.ts';
import { type AuditLog, createAuditLog } from './audit/audit-log.ts';
import { type AuditTrail, createAuditTrail } from './audit/audit-trail.ts';
import { type AuditUpkeep, createAuditUpkeep } from './audit/upkeep.ts';
import { type Background, type BackgroundTask, startBackground } from './background.ts';
import { type Config, uploadDirectory } from './config.ts';
import { createExporter, type Exporter } from './export/exporter.ts';
import { createFactorAdministration, type FactorAdministration } from './factors/administration.ts';
import { hardenRecoveryCodes } from './factors/harden-recovery-codes.ts';
import { newId } from './ids.ts';
import { createImporter, type Importer } from './import/importer.ts';
import { createImportJobs } from './import/jobs/create-import-jobs.ts';
import type { ImportJobs } from './import/jobs/import-jobs.ts';
import { createUploads } from './import/jobs/uploads.ts';
import { openStore, reachDatabase } from './open-store.ts';
import { openVault } from './open-vault.ts';
import type { RandomBytes } from './otp/generate-seed.ts';
import { createVaultKeys, type VaultKeys } from './rotation/vault-keys.ts';
import type { PoolTable } from './store/schema.ts';
import type { Store } from './store/store.ts';
import { createUserServices, type UserServices } from './user-services.ts';
import { createUsers, type Users } from './users/users.ts';
import type { Vault } from './vault/vault.ts';
import { type ClockGuard, createClockGuard } from './verify/clock-guard.ts';
import { createSecretReader, type SecretReader } from './verify/secret-reader.ts';
import { createVerifier, type Verifier } from './verify/verifier.ts';

/** Everything the program is made of, put together. HTTP and the command line stand on this and know nothing below. */
export interface Services extends UserServices {
  readonly config: Config;
  readonly clock: () => number;
  readonly store: Store;
  readonly vault: Vault;
  readonly vaultKeys: VaultKeys;
  readonly audit: AuditLog;
  readonly auditTrail: AuditTrail;
  readonly auditUpkeep: AuditUpkeep;
  readonly accessKeys: AccessKeys;
  readonly authenticator: Authenticator;
  readonly users: Users;
  readonly importer: Importer;
  readonly importJobs: ImportJobs;
  readonly verifier: Verifier;
  readonly factors: FactorAdministration;
  readonly clockGuard: ClockGuard;
  readonly secretReader: SecretReader;
  readonly exporter: Exporter;
  readonly tokenIssuer: TokenIssuer;
  /** The pool made at first start. */
  readonly defaultPool: PoolTable;
  /** Whether this start made the key ring and the pool. */
  readonly isFirstStart: boolean;
  hasPool(poolId: string): Promise<boolean>;
  /** @throws `unavailable` where the database does not answer */
  ping(): Promise<void>;
  /** Starts what a running service does beside answering; commands do without. */
  startBackground(): void;
  /** Ends what was begun, in reverse order; what was acknowledged is on the disk. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly clock?: () => number;
  /** Where secrets of new access keys come from. */
  readonly newSecret?: () => string;
  /** What seeds, recovery codes and tokens of enrolments are made of. */
  readonly randomBytes?: RandomBytes;
  /** Told of failures that no caller waits for. */
  readonly onError?: (error: unknown) => void;
}

const MINUTE_MS = 60_000;
const LOOK_FOR_JOBS_EVERY_MS = 500;
const SYNC_CLOCK_EVERY_MS = 5_000;
/** Longer than any window over a used time step is open. */
const REMEMBER_SPENT_MS = 86_400_000;

/** Opens the database, migrates it, opens the key ring, and at first start makes both it and a user pool. */
export async function openServices(config: Config, options: ServiceOptions = {}): Promise<Services> {
  const { clock = Date.now, newSecret = randomSecret, randomBytes = cryptoRandomBytes } = options;
  const { onError = () => undefined } = options;
  const store = await openStore(config, clock);
  try {
    await reachDatabase(store.migrate());
    const { vault, setting, isFirstStart } = await openVault(config, store, clock);
    const defaultPool = await ensurePool(store, clock);
    const audit = createAuditLog(store, clock, onError);
    const auditTrail = createAuditTrail({ store, vault, audit, clock });
    const auditUpkeep = createAuditUpkeep({ store, vault, audit, clock, keepDays: config.auditRetentionDays });
    const tokenLifetimeMs = TOKEN_LIFETIME_SECONDS * 1000;
    const vaultKeys = createVaultKeys({ store, vault, audit, clock, setting, tokenLifetimeMs, onError });
    const accessKeys = createAccessKeys({ store, vault, audit, clock, newSecret, onError });
    const skewMs = config.clockSkewSeconds * 1000;
    const authenticator = createAuthenticator({ store, vault, accessKeys, clock, skewMs });
    const importer = createImporter({ store, vault, audit, clock });
    const uploads = createUploads(uploadDirectory(config));
    const { uploadMaxMiB, undoDays } = config;
    const importJobs = createImportJobs({
      ...{ store, vault, audit, clock, uploads },
      uploadMaxMiB,
      undoDays,
      onError,
    });
    const users = createUsers({ store, vault, importer, audit, clock });
    const clockGuard = createClockGuard(store, clock);
    await clockGuard.sync();
    const windows = { steps: config.verifyWindowSteps, lookAhead: config.hotpLookAhead };
    const verifier = createVerifier({ store, vault, audit, clock: clockGuard, windows, randomBytes });
    const factors = createFactorAdministration({ store, vault, audit, clock, randomBytes });
    const secretReader = createSecretReader({ store, vault, audit });
    const exporter = createExporter({ store, vault, audit });
    const tokenIssuer = createTokenIssuer({ accessKeys, vault, audit, clock });
    const userServices = createUserServices({
      ...{ config, store, vault, audit, accessKeys, users, factors, clock, randomBytes, onError },
      guardedClock: () => clockGuard.now(),
      defaultPoolId: defaultPool.pool_id,
    });
    const tasks: readonly BackgroundTask[] = [
      { everyMs: MINUTE_MS, run: () => forgetExpired(store, clock()) },
      { everyMs: SYNC_CLOCK_EVERY_MS, run: () => clockGuard.sync() },
      { everyMs: MINUTE_MS, run: (signal) => hardenRecoveryCodes(store, vault, signal) },
      { everyMs: LOOK_FOR_JOBS_EVERY_MS, run: (signal) => importJobs.runners.takeNext(signal) },
      { everyMs: MINUTE_MS, run: () => importJobs.deleteExpired() },
      { everyMs: 10 * MINUTE_MS, run: () => auditUpkeep.anchor() },
      { everyMs: 60 * MINUTE_MS, run: () => auditUpkeep.deleteOld() },
    ];
    let background: Background | undefined;
    return {
      config,
      clock,
      store,
      vault,
      vaultKeys,
      audit,
      auditTrail,
      auditUpkeep,
      accessKeys,
      authenticator,
      users,
      importer,
      importJobs,
      verifier,
      factors,
      clockGuard,
      secretReader,
      exporter,
      tokenIssuer,
      ...userServices,
      defaultPool,
      isFirstStart,
      hasPool: async (poolId) => (await store.read.pools.find(poolId)) !== undefined,
      ping: () => store.ping(),
      startBackground() {
        background ??= startBackground(tasks, onError);
        vaultKeys.workInBackground();
      },
      async close() {
        if (background !== undefined) {
          await background.stop();
          await auditUpkeep.anchor().catch(onError);
        }
        await clockGuard.sync().catch(onError);
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

async function forgetExpired(store: Store, now: number): Promise<void> {
  await store.transaction(async (queries) => {
    await queries.nonces.forgetExpired(now);
    await queries.factors.forgetSpent(now - REMEMBER_SPENT_MS);
    await queries.verifiedTokens.forgetExpired(now);
    await queries.pendingEnrolments.forgetExpired(now);
  });
}
