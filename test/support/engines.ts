import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import type { Engine } from '../../src/store/store.ts';
import { artifactFolder } from './artifacts.ts';

/** What every test of behaviour runs on: `describe.each(ENGINES)`. */
export const ENGINES: readonly Engine[] = ['sqlite', 'postgres'];

export interface TestDatabase {
  readonly engine: Engine;
  /** A folder and, for PostgreSQL, a database of its own. */
  readonly config: Config;
  /** As environment, for a process that is to use the same database. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes an empty database, used by nobody else. */
export async function createTestDatabase(
  engine: Engine,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const environment: Record<string, string> = {
    FACTORPORT_DATA_DIR: artifactFolder('data', name),
    FACTORPORT_PORT: '0',
    FACTORPORT_LOG_LEVEL: 'info',
    // Tests of refusals make thousands from one address.
    FACTORPORT_RATE_LIMIT_PER_ADDRESS: '0',
    ...settings,
  };
  if (engine === 'postgres') environment.DATABASE_URL = await createPostgresDatabase(name);
  return { engine, config: readConfig({}, environment), environment };
}

async function createPostgresDatabase(name: string): Promise<string> {
  const url = new URL(inject('postgresUrl'));
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  url.pathname = `/${name}`;
  return url.href;
}
