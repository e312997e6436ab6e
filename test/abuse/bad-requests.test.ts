import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { snapshot } from '../conformance/support/database.ts';
import { STATUS_CODES } from '../conformance/support/envelope.ts';
import { type RawAnswer, rawRequest, sendRaw } from '../conformance/support/raw.ts';
import { useServer } from '../conformance/support/use-server.ts';
import { artifactFolder } from '../support/artifacts.ts';
import { ENGINES } from '../support/engines.ts';
import { CODE_MARKER, plantedSeed, SEED_MARKER } from '../support/planted.ts';
import type { TestServer } from '../support/test-server.ts';
import { BAD_REQUESTS, type BadRequest } from './bad-requests.ts';

const SLOW_MS = 5_000;

const MARKERS = [
  plantedSeed(0).slice(0, 16),
  SEED_MARKER.toString('hex'),
  SEED_MARKER.toString('base64').slice(0, 12),
  CODE_MARKER,
  CODE_MARKER.replaceAll('-', ''),
];

function holdsSecret(text: string): boolean {
  const lower = text.toLowerCase();
  return MARKERS.some((marker) => lower.includes(marker.toLowerCase()));
}

function bytesOf(request: BadRequest, token: string): Buffer {
  const { method, path, body = '', omit = [], headers = [] } = request;
  const usual: [string, string][] = [
    ['Host', 'localhost'],
    ['Connection', 'close'],
    ['Authorization', `Bearer ${token}`],
    ['Content-Type', 'application/json'],
    ['Content-Length', String(Buffer.byteLength(body as string))],
  ];
  const kept = usual.filter(([name]) => !omit.includes(name.toLowerCase()));
  return rawRequest(request.line ?? `${method} ${path} HTTP/1.1`, [...kept, ...headers], body);
}

function keep(engine: string, request: BadRequest, answer: RawAnswer | undefined): void {
  const line = JSON.stringify({ name: request.name, status: answer?.status, text: answer?.text });
  appendFileSync(join(artifactFolder('answers'), `abuse-${engine}.txt`), `${line}\n`);
}

async function send(server: TestServer, request: BadRequest, token: string): Promise<RawAnswer> {
  const answer = await sendRaw(server.url, {
    bytes: bytesOf(request, token),
    breakOff: request.breakOff ?? false,
  });
  keep(server.database.engine, request, answer);
  if (answer === undefined) throw new Error('the connection was closed without an answer');
  return answer;
}

it('the table has at least eighty requests, each with a name of its own', () => {
  expect(BAD_REQUESTS.length).toBeGreaterThanOrEqual(80);
  expect(new Set(BAD_REQUESTS.map((request) => request.name)).size).toBe(BAD_REQUESTS.length);
});

describe.each(ENGINES)('%s: a bad request is answered as documented and changes nothing', (engine) => {
  const server = useServer(engine);
  let token: string;
  let before: Awaited<ReturnType<typeof snapshot>>;

  beforeAll(async () => {
    const importer = await server().sdk();
    const users = ['victim', 'bare'].map((userId, index) => ({ userId, otp: { secret: plantedSeed(index) } }));
    await importer.importOtp({ list: users, options: { createMissingUsers: true } } as never);
    await importer.deleteUsersBatch({ userIds: ['bare'] });
    await server().services.store.transaction((queries) =>
      queries.bulk.insertUsers([
        { pool_id: server().poolId, user_id: 'bare', status: 'Activated', profile: '{}', created_at: 0, updated_at: 0 },
      ]),
    );
    token = await server().token();
    before = await snapshot(server());
  });

  it.each(BAD_REQUESTS)('$name', async (request) => {
    const start = performance.now();
    const answer = await send(server(), request, token);
    expect(performance.now() - start).toBeLessThan(SLOW_MS);
    expect(holdsSecret(answer.text)).toBe(false);
    expect(answer.text).not.toContain(token);

    const { statusCode, message, requestId, data } = JSON.parse(answer.text);
    expect([request.http].flat()).toContain(answer.status);
    expect([request.statusCode].flat()).toContain(statusCode);
    expect(STATUS_CODES).toContain(statusCode);
    expect(message).toEqual(expect.stringMatching(/./));
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    if (request.reason !== undefined) expect(data.errors[0].reason).toBe(request.reason);

    expect(await snapshot(server())).toEqual(before);
  });

  it('bytes that are not HTTP get an answer with its request id in the header too', async () => {
    const answer = await sendRaw(server().url, { bytes: 'hello\r\n\r\n' });
    expect(answer?.headers['x-request-id']).toBe(JSON.parse(answer?.text ?? '{}').requestId);
  });

  it('after all of them the server works', async () => {
    const client = await server().sdk();
    const answer = await client.importOtp({ list: [{ userId: 'bare', otp: { secret: plantedSeed(1) } }] });
    expect(answer.statusCode).toBe(200);
    const live = await server().call('GET', '/health/ready');
    expect(live.status).toBe(200);
  });

  it('no log of the suite holds a planted secret or the token', () => {
    const folder = artifactFolder('logs');
    for (const name of readdirSync(folder)) {
      const log = readFileSync(join(folder, name), 'utf8');
      expect({ name, holdsSecret: holdsSecret(log) || log.includes(token) }).toEqual({ name, holdsSecret: false });
    }
  });
});
