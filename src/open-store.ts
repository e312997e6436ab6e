import { access, constants, mkdir } from 'node:fs/promises';
import { type Config, sqlitePath } from './config.ts';
import { FactorportError } from './errors/error.ts';
import { openPostgresStore } from './store/postgres/postgres-store.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { SchemaVersion, Store } from './store/store.ts';

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

async function ensureDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.W_OK);
  } catch (error) {
    throw new FactorportError('data_dir_unusable', { parameters: { path }, cause: error });
  }
}
