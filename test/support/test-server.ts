import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { ManagementClient } from 'authing-node-sdk';
import { pino } from 'pino';
import type { AccessKey } from '../../src/access/access-keys.ts';
import { SCOPES, type Scope } from '../../src/access/scopes.ts';
import { startServer } from '../../src/http/server.ts';
import { openServices, type Services } from '../../src/services.ts';
import type { Engine } from '../../src/store/store.ts';
import { artifactFolder } from './artifacts.ts';
import { createTestDatabase, type TestDatabase } from './engines.ts';
import { plant, plantedKeySecret, plantedRandomBytes } from './planted.ts';

export interface TestKey {
  readonly key: AccessKey;
  readonly secret: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly services: Services;
  readonly database: TestDatabase;
  readonly poolId: string;
  /** Where its log lines go. */
  readonly logFile: string;
  createKey(scopes?: readonly Scope[]): Promise<TestKey>;
  /** The unmodified SDK, with a key of its own that has every scope unless told otherwise. */
  sdk(scopes?: readonly Scope[]): Promise<ManagementClient>;
  /** A management token by the API. */
  token(scopes?: readonly Scope[]): Promise<string>;
  /** A call as a plain client makes it; `body` is sent as it is if it is text or bytes. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface TestServerOptions {
  readonly clock?: () => number;
  readonly settings?: Readonly<Record<string, string>>;
  /** A database that is there already, to start again on it. */
  readonly database?: TestDatabase;
}

/** Starts a real server in this process, on a free port, with a database of its own and its log kept for the scan. */
export async function startTestServer(engine: Engine, options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.database ?? (await createTestDatabase(engine, options.settings));
  const logFile = join(artifactFolder('logs'), `${engine}-${randomBytes(4).toString('hex')}.log`);
  const logger = pino({ base: null }, createWriteStream(logFile));
  const services = await openServices(database.config, {
    newSecret: plantedKeySecret,
    randomBytes: plantedRandomBytes,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    onError: (error) => logger.error({ err: error }, 'background'),
  });
  const server = await startServer(services, logger);
  const poolId = services.defaultPool.pool_id;
  let stopped: Promise<void> | undefined;

  const self: TestServer = {
    url: server.url,
    services,
    database,
    poolId,
    logFile,
    async createKey(scopes = SCOPES) {
      const actor = { poolId, id: 'cli', address: '', requestId: 'test' };
      return services.accessKeys.create(actor, { scopes });
    },
    async sdk(scopes) {
      const { key, secret } = await self.createKey(scopes);
      return new ManagementClient({ accessKeyId: key.accessKeyId, accessKeySecret: secret, host: server.url });
    },
    async token(scopes) {
      const { key, secret } = await self.createKey(scopes);
      const body = { accessKeyId: key.accessKeyId, accessKeySecret: secret };
      const answer = await self.call('POST', '/api/v3/get-management-token', { body });
      plant(answer.body.data.access_token);
      return answer.body.data.access_token;
    },
    call: (method, path, callOptions) => call(server.url, method, path, callOptions),
    async stop() {
      stopped ??= server.stop();
      await stopped;
    },
    async [Symbol.asyncDispose]() {
      await self.stop();
    },
  };
  return self;
}

async function call(url: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { token, headers, body } = options;
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
