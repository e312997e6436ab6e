import { afterAll, beforeAll } from 'vitest';
import type { Engine } from '../../../src/store/store.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../../support/test-server.ts';

/** One server for all tests of a block; each test uses users of its own. */
export function useServer(engine: Engine, options: TestServerOptions = {}): () => TestServer {
  let server: TestServer | undefined;
  beforeAll(async () => {
    server = await startTestServer(engine, options);
  });
  afterAll(async () => {
    await server?.stop();
  });
  return () => {
    if (server === undefined) throw new Error('the server has not started');
    return server;
  };
}

let counter = 0;

/** A name that no other test of this process uses. */
export function uniqueName(prefix = 'user'): string {
  counter++;
  return `${prefix}-${counter}`;
}
