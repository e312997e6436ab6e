import { beforeAll, describe, expect, it } from 'vitest';
import { snapshot } from '../conformance/support/database.ts';
import { expectSuccess } from '../conformance/support/envelope.ts';
import { useServer } from '../conformance/support/use-server.ts';
import { plantedSeed } from '../support/planted.ts';

const SIZE_BYTES = 60 * 1024 * 1024;
const SLOW_MS = 5_000;

/** Fills the largest body that import-otp takes by default with one piece, over and over. */
function filled(before: string, piece: string, after: string): Buffer {
  const count = Math.floor((SIZE_BYTES - before.length - after.length) / piece.length);
  return Buffer.from(before + piece.repeat(count) + after);
}

const HALF = SIZE_BYTES / 2 - 10;
const BODIES: Record<string, () => Buffer> = {
  'lists inside each other': () => Buffer.from(`{"list":${'['.repeat(HALF)}${']'.repeat(HALF)}}`),
  'lists inside each other, never closed': () => filled('{"list":', '[', ''),
  'objects inside each other': () => Buffer.from(`{"list":${'{"a":'.repeat(1e7)}1${'}'.repeat(1e7)}}`),
  'empty items': () => filled('{"list":[', '{},', '{}]}'),
  'items that are numbers': () => filled('{"list":[', '1,', '1]}'),
  'one text': () => filled('{"list":["', 'x', '"]}'),
  'one text of escapes': () => filled('{"list":["', '\\u0061', '"]}'),
  'the same top-level member': () => filled('{', '"a":1,', '"list":[]}'),
  'white space': () => filled('{"list":[', ' ', ']}'),
  'zeros of a number': () => filled('{"list":[1', '0', ']}'),
  'bytes that are no UTF-8': () => Buffer.alloc(SIZE_BYTES, 0xff),
};

// No database is asked about such a body, so one engine is enough for what takes so much memory.
describe('a body of 60 MiB, of which nothing can be imported, is refused soon', () => {
  const server = useServer('sqlite');
  let token: string;
  beforeAll(async () => {
    token = await server().token();
  });

  it.each(Object.keys(BODIES))('%s', async (name) => {
    const body = (BODIES[name] as () => Buffer)();
    const before = await snapshot(server());
    const start = performance.now();
    const answer = await server().call('POST', '/api/v3/import-otp', { token, body });
    const durationMs = performance.now() - start;
    expect(answer.status).toBe(200);
    expect([400, 413]).toContain(answer.body.statusCode);
    expect(await snapshot(server())).toEqual(before);
    expect(durationMs).toBeLessThan(SLOW_MS);
  });

  it('after all of them the server works', async () => {
    const client = await server().sdk();
    const list = [{ userId: 'after', otp: { secret: plantedSeed(1) } }];
    expectSuccess(await client.importOtp({ list, options: { createMissingUsers: true } } as never));
  });
});
