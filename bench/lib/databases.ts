import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Config, readConfig } from '../../src/config.ts';
import type { Engine } from '../../src/store/store.ts';
import { startPostgres } from '../../test/support/postgres.ts';

/** Leaving the scope removes it; whoever does not leaves that to the maker. */
export interface BenchDatabase extends AsyncDisposable {
  readonly config: Config;
  /** For a process that is to use it. */
  readonly environment: Readonly<Record<string, string>>;
  /** For its own files, a log for example. */
  readonly folder: string;
}

/** Makes empty databases, all on the same disk. Leaving the scope removes them. */
export interface DatabaseMaker extends AsyncDisposable {
  create(): Promise<BenchDatabase>;
}

/** PostgreSQL runs with its own settings for durability: every commit waits for the disk, as SQLite's does. */
export async function openDatabaseMaker(engine: Engine): Promise<DatabaseMaker> {
  const root = await mkdtemp(join(tmpdir(), 'factorport-bench-'));
  // The account that runs PostgreSQL has to get through.
  await chmod(root, 0o711);
  const server = engine === 'postgres' ? await startPostgres(join(root, 'postgres')) : undefined;
  return {
    async create() {
      const name = `bench_${randomBytes(6).toString('hex')}`;
      const folder = join(root, name);
      await mkdir(folder);
      const environment: Record<string, string> = {
        FACTORPORT_DATA_DIR: join(folder, 'data'),
        FACTORPORT_RATE_LIMIT_PER_KEY: '0',
      };
      if (server !== undefined) environment.DATABASE_URL = await createPostgresDatabase(server.url, name);
      return {
        ...{ config: readConfig({}, environment), environment, folder },
        async [Symbol.asyncDispose]() {
          if (server !== undefined)
            await withPostgresClient(server.url, (client) => client.query(`drop database ${name}`));
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await server?.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Does now what PostgreSQL would do by itself some time after many rows were written: not while something is measured. */
export async function settle({ config }: BenchDatabase): Promise<void> {
  if (config.databaseUrl === undefined) return;
  await withPostgresClient(config.databaseUrl, async (client) => {
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  });
}

async function createPostgresDatabase(serverUrl: string, name: string): Promise<string> {
  await withPostgresClient(serverUrl, (client) => client.query(`create database ${name}`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Lends out a connection of its own. */
export async function withPostgresClient<Result>(
  connectionString: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
