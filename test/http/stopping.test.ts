import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { rowsOfUser } from '../conformance/support/database.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const ITEMS = 20_000;

async function openSocket(server: TestServer): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Reads one answer to its end, and then closes the connection. */
async function readAnswer(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    const end = text.indexOf('\r\n\r\n');
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
    if (end >= 0 && length !== undefined && Buffer.byteLength(text.slice(end + 4)) >= Number(length)) break;
  }
  socket.destroy();
  return text;
}

function importBody(prefix: string): string {
  const list = Array.from({ length: ITEMS }, (_, index) => ({
    userId: `${prefix}${index}`,
    otp: { secret: plantedSeed(index) },
  }));
  return JSON.stringify({ list, options: { createMissingUsers: true } });
}

describe.each(ENGINES)('%s: stopping', (engine) => {
  it('an import in flight is finished with 200 and is on the disk, and new requests are refused', async () => {
    const server = await startTestServer(engine);
    const token = await server.token();
    const body = importBody('half');
    const socket = await openSocket(server);
    socket.write(
      `POST /api/v3/import-otp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body.slice(0, body.length / 2));
    await setTimeout(200);
    const stopped = server.stop();
    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
    socket.write(body.slice(body.length / 2));
    const answer = await readAnswer(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain(`"added":${ITEMS}`);
    await stopped;
    await using again = await startTestServer(engine, { database: server.database });
    expect(await rowsOfUser(again, `half${ITEMS - 1}`)).toMatchObject({ app_user: 1, factor: 1 });
  });

  it('an import that is being worked on when the stop comes is finished with 200', async () => {
    const server = await startTestServer(engine);
    const client = await server.sdk();
    const imported = client.importOtp(JSON.parse(importBody('work')));
    await setTimeout(150);
    await server.stop();
    expect(await imported).toMatchObject({ statusCode: 200, data: { added: ITEMS } });
  });

  it('the connection of a request in flight is closed after its answer, so that stopping does not wait for the client', async () => {
    const server = await startTestServer(engine, { settings: { FACTORPORT_SHUTDOWN_SECONDS: '10' } });
    const token = await server.token();
    const socket = await openSocket(server);
    const body = '{"username":"nobody"}';
    socket.write(
      `POST /api/v3/is-user-exists HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await setTimeout(100);
    const stopped = server.stop();
    socket.write(body);
    const answer = await readAnswer(socket);
    await stopped;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n');
  });

  it('/health/ready and the API answer 503 while stopping, on a connection that was opened before', async () => {
    const server = await startTestServer(engine);
    const token = await server.token();
    const paths = ['/health/ready', '/api/v3/list-users'];
    const sockets = await Promise.all(paths.map(() => openSocket(server)));
    sockets.forEach((socket, index) => {
      socket.write(`GET ${paths[index]} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n`);
    });
    await setTimeout(100);
    const stopped = server.stop();
    for (const socket of sockets) {
      socket.write('\r\n');
      const answer = await readAnswer(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 503 /);
      expect(answer).toContain('"statusCode":503');
      expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n');
    }
    await stopped;
  });

  it('a request that never ends does not keep the service from stopping', async () => {
    const server = await startTestServer(engine, { settings: { FACTORPORT_SHUTDOWN_SECONDS: '1' } });
    const token = await server.token();
    const socket = await openSocket(server);
    socket.on('error', () => undefined);
    socket.write(
      `POST /api/v3/import-otp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    );
    await setTimeout(100);
    await server.stop();
    expect(socket.destroyed || socket.readyState !== 'open' || (await once(socket, 'close'))).toBeTruthy();
  });

  it('stopping with nothing in flight closes idle connections and ends', async () => {
    const server = await startTestServer(engine);
    const socket = await openSocket(server);
    socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    const closed = once(socket, 'close');
    await server.stop();
    await closed;
  });
});
