import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { signPost } from '../../bench/lib/signed-request.ts';
import { DEFAULT_PARAMETERS } from '../../src/otp/parameters.ts';
import { Seed } from '../../src/otp/seed.ts';
import { computeTotp, timeStepAt } from '../../src/otp/totp.ts';
import { openServices } from '../../src/services.ts';
import { createTestDatabase, ENGINES, type TestDatabase } from '../support/engines.ts';
import { plant, plantedSeed, plantedSeedBytes } from '../support/planted.ts';
import { runFactorport, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { type PostAnswer, type Prepared, post, prepareDatabase } from './prepare.ts';

const PROCESSES = 4;
const IMPORT = '/api/v3/import-otp';
const FIRST_KEY = /access key secret/g;

describe.each(ENGINES)('several processes that start at once on an empty database: %s', (engine) => {
  it('all come up with one pool and one key ring, and exactly one shows a first access key', async () => {
    const database = await createTestDatabase(engine, { FACTORPORT_MASTER_KEY: randomBytes(32).toString('base64') });
    await using servers = await startServers(database, PROCESSES);
    const output = servers.all.map((server) => server.output()).join('');
    expect(output.match(FIRST_KEY)).toHaveLength(1);
    expect(await countSetUp(database)).toEqual({ pools: 1, ringKeys: 4, accessKeys: 1 });
  });
});

describe('several processes that start at once on an empty data directory', () => {
  it('agree on one master key file', async () => {
    const database = await createTestDatabase('sqlite');
    await using servers = await startServers(database, PROCESSES);
    expect(servers.all).toHaveLength(PROCESSES);
    expect(existsSync(`${database.config.dataDir}/master.key`)).toBe(true);
    expect(await countSetUp(database)).toEqual({ pools: 1, ringKeys: 4, accessKeys: 1 });
  });
});

describe.each(ENGINES)('several processes on one database: %s', (engine) => {
  it('refuse a signed request that another of them has already accepted (1306)', async () => {
    const database = await createTestDatabase(engine);
    const key = await prepareDatabase(database);
    await using servers = await startServers(database, 2);
    const [first, second] = servers.all as [ServerProcess, ServerProcess];
    const list = [{ userId: 'alice', otp: { secret: plantedSeed(1) } }];
    const request = signPost(IMPORT, { list, options: { createMissingUsers: true } }, key);
    expect(await send(first, request)).toMatchObject({ statusCode: 200 });
    expect(await send(second, request)).toMatchObject({ statusCode: 401, apiCode: 1306 });
    expect(await send(first, request)).toMatchObject({ statusCode: 401, apiCode: 1306 });
  });

  it('accept a code exactly once, however many ask at the same time', async () => {
    const database = await createTestDatabase(engine);
    const key = await prepareDatabase(database, ['alice']);
    await using servers = await startServers(database, 3);
    const list = [{ userId: 'alice', otp: { secret: plantedSeed(1) } }];
    expect((await post((servers.all[0] as ServerProcess).url, IMPORT, key.token, { list })).statusCode).toBe(200);
    const answers = await verifyEverywhere(servers.all, key, 200);
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    expect(refused.every(({ data }) => (data as { verified: boolean }).verified === false)).toBe(true);
    expect(new Set(refused.map(({ apiCode }) => apiCode))).toEqual(new Set([6001]));
  });
});

describe('commands beside a running server on the embedded database', () => {
  it('ten at once all make their key, and the server takes every one of them', async () => {
    const database = await createTestDatabase('sqlite');
    await using server = await startServerProcess(database.environment);
    const words = ['keys', 'create', '--scopes', 'users:read', '--json'];
    const made = await Promise.all(Array.from({ length: 10 }, () => runFactorport(words, database.environment)));
    expect(made.map(({ code, errors }) => [code, errors])).toEqual(made.map(() => [0, '']));
    for (const { output } of made) {
      const { accessKeyId, accessKeySecret } = JSON.parse(output) as Prepared;
      plant(accessKeySecret);
      const answer = await post(server.url, '/api/v3/get-management-token', '', { accessKeyId, accessKeySecret });
      expect(answer.statusCode).toBe(200);
    }
  });
});

/** Starts servers at the same time; leaving the scope kills them all, also those beside one that failed. */
async function startServers(
  database: TestDatabase,
  count: number,
): Promise<{ all: ServerProcess[] } & AsyncDisposable> {
  const starts = Array.from({ length: count }, () => startServerProcess(database.environment));
  const settled = await Promise.allSettled(starts);
  const all = settled.filter((start) => start.status === 'fulfilled').map((start) => start.value);
  const stop = async () => void (await Promise.all(all.map((server) => server[Symbol.asyncDispose]())));
  const failed = settled.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { all, [Symbol.asyncDispose]: stop };
}

async function countSetUp(database: TestDatabase) {
  const services = await openServices(database.config);
  try {
    const ringKeys = (await services.store.read.ringKeys.list()).length;
    const accessKeys = (await services.accessKeys.list(services.defaultPool.pool_id)).length;
    return { pools: await countPools(database), ringKeys, accessKeys };
  } finally {
    await services.close();
  }
}

async function countPools({ config }: TestDatabase): Promise<number> {
  const sql = 'select count(*) as pools from pool';
  if (config.databaseUrl === undefined) {
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(`${config.dataDir}/factorport.db`, { readOnly: true });
    const row = database.prepare(sql).get();
    database.close();
    return Number(row?.pools);
  }
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return Number(rows[0].pools);
}

async function send({ url }: ServerProcess, request: ReturnType<typeof signPost>): Promise<PostAnswer> {
  const response = await fetch(url + IMPORT, { method: 'POST', ...request });
  return { status: response.status, ...((await response.json()) as object) } as PostAnswer;
}

function verifyEverywhere(servers: readonly ServerProcess[], { token }: Prepared, calls: number) {
  const now = Date.now();
  const seed = new Seed(plantedSeedBytes(1));
  const code = computeTotp(seed, timeStepAt(now, DEFAULT_PARAMETERS.periodSeconds), DEFAULT_PARAMETERS);
  const send = (_: unknown, index: number) => {
    const { url } = servers[index % servers.length] as ServerProcess;
    return post(url, '/api/v1/otp/verify', token, { userId: 'alice', code });
  };
  return Promise.all(Array.from({ length: calls }, send));
}
