import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { uploadDirectory } from '../../src/config.ts';
import { uniqueName, useServer } from '../conformance/support/use-server.ts';
import { createTestDatabase, ENGINES } from '../support/engines.ts';
import { plant, plantedSeed } from '../support/planted.ts';
import { startServerProcess } from '../support/server-process.ts';
import type { TestServer } from '../support/test-server.ts';
import { jobAtEnd, upload } from './import-files.ts';

const MEBIBYTE = 1024 * 1024;

async function filesOf(server: TestServer): Promise<string[]> {
  return (await readdir(uploadDirectory(server.services.config)).catch(() => [])).sort();
}

/** What of the pool's jobs is on the disk and in the database, to see that a refused upload left nothing. */
async function leftovers(server: TestServer) {
  const jobs = await server.services.importJobs.list(server.poolId, { limit: 100 });
  return { files: await filesOf(server), jobs: jobs.map(({ jobId }) => jobId) };
}

/** The most memory that a process has had at a time, in bytes. */
async function highestMemory(pid: number): Promise<number> {
  return Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

function item(userId: string, secret: string): string {
  return `${JSON.stringify({ userId, otp: { secret } })}\n`;
}

describe.each(ENGINES)('%s: uploads', (engine) => {
  const server = useServer(engine, { settings: { FACTORPORT_UPLOAD_MAX_MIB: '120' } });

  it('a file is the body as it is, of any content type, and is run where the query says so', async () => {
    const token = await server().token();
    const user = uniqueName();
    const query = 'start=true&createUsers=true&fileName=users.ndjson';
    const { status, body } = await upload(server(), token, query, item(user, plantedSeed(9_001)));
    expect({ status, body }).toMatchObject({ status: 200, body: { data: { fileName: 'users.ndjson' } } });
    const job = await jobAtEnd(server(), token, body.data.jobId);
    expect(job).toMatchObject({
      state: 'finished',
      format: 'authing',
      counts: { items: 1, added: 1, usersCreated: 1 },
    });
    expect(await server().services.factors.find(server().poolId, user)).toBeDefined();
  });

  it('waits as "ready" without start, and refuses options that no run would take', async () => {
    const token = await server().token();
    const file = item(uniqueName(), plantedSeed(9_002));
    const { body } = await upload(server(), token, '', file);
    expect(body.data).toMatchObject({ state: 'ready', run: 0, format: null, options: { match: 'user_id' } });
    const before = await leftovers(server());
    const refused = await upload(server(), token, 'match=email', file);
    expect(refused).toMatchObject({ status: 400 });
    expect(refused.body.message).toContain('match');
    expect(await leftovers(server())).toEqual(before);
  });

  it('a form brings file, users and options in any order', async () => {
    const token = await server().token();
    const options = new Blob([JSON.stringify({ start: true, dryRun: true, format: 'authing' })]);
    const file = new Blob([item(uniqueName(), plantedSeed(9_003))]);
    const users = new Blob(['serial,user_id\n1,someone\n']);
    const parts = { options, file, users };
    for (const order of [
      ['options', 'file', 'users'],
      ['users', 'file', 'options'],
    ] as const) {
      const form = new FormData();
      for (const name of order) form.append(name, parts[name], `${name}.txt`);
      const { status, body } = await upload(server(), token, 'fileName=form.json', form);
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { data: { hasUsersFile: true, fileName: 'form.json' } },
      });
      expect(body.data.options).toMatchObject({ dryRun: true, format: 'authing' });
      await jobAtEnd(server(), token, body.data.jobId);
    }
  });

  it.each([
    ['a part that is not known', { file: 'x', other: 'y' }],
    ['options that are not known', { file: 'x', options: '{"matsch":"email"}' }],
    ['options that are no JSON', { file: 'x', options: 'match=email' }],
    ['no file', { options: '{"start":true}' }],
    ['an empty file', { file: '' }],
  ])('a form with %s is refused and leaves nothing', async (_name, parts) => {
    const token = await server().token();
    const before = await leftovers(server());
    const form = new FormData();
    for (const [name, content] of Object.entries(parts)) form.append(name, new Blob([content]), name);
    const { status, body } = await upload(server(), token, '', form);
    expect(status).toBe(400);
    expect(body.message).not.toBe('');
    expect(await leftovers(server())).toEqual(before);
  });

  it('creating users needs the scope for it, however the option comes', async () => {
    const token = await server().token(['otp:import']);
    const file = item(uniqueName(), plantedSeed(9_004));
    const before = await leftovers(server());
    const query = await upload(server(), token, 'start=true&createUsers=true', file);
    const form = new FormData();
    form.append('file', new Blob([file]), 'a.json');
    form.append('options', '{"start":true,"createUsers":true}');
    const part = await upload(server(), token, '', form);
    for (const { status, body } of [query, part]) {
      expect(status).toBe(403);
      expect(body.message).toContain('users:write');
    }
    expect(await leftovers(server())).toEqual(before);
    const { body } = await upload(server(), token, '', file);
    const path = `/api/v1/import-jobs/${body.data.jobId}/run`;
    expect((await server().call('POST', path, { token, body: { createUsers: true } })).status).toBe(403);
  });

  it('the same upload sent again under its idempotency key is the same job, run once', async () => {
    const token = await server().token();
    const headers = { 'idempotency-key': uniqueName('key') };
    const file = item(uniqueName(), plantedSeed(9_005));
    const first = await upload(server(), token, 'start=true&createUsers=true', file, headers);
    const job = await jobAtEnd(server(), token, first.body.data.jobId);
    const again = await upload(server(), token, 'start=true&createUsers=true', file, headers);
    // The upload goes shortly after the job has ended.
    const { bytesDone, uploadExpiresAt } = again.body.data;
    expect(again.body.data).toEqual({ ...job, bytesDone, uploadExpiresAt });
    const other = await upload(server(), token, '', `${file}\n`, headers);
    expect(other.status).toBe(409);
    const bad = await upload(server(), token, '', file, { 'idempotency-key': 'x'.repeat(129) });
    expect(bad.status).toBe(400);
  });

  it('of 400 MiB goes to the disk as it comes, sealed, without being held in memory', {
    timeout: 120_000,
  }, async () => {
    const { environment } = await createTestDatabase(engine);
    await using process = await startServerProcess({ ...environment, LC_ALL: 'C' });
    const [, accessKeyId] = /access key id +(\S+)/.exec(process.output()) ?? [];
    const [, accessKeySecret] = /access key secret +(\S+)/.exec(process.output()) ?? [];
    const body = JSON.stringify({ accessKeyId, accessKeySecret });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${process.url}/api/v3/get-management-token`, { method: 'POST', body, headers });
    const token = ((await answer.json()) as { data: { access_token: string } }).data.access_token;
    plant(token);
    const before = await highestMemory(process.pid);
    const line = Buffer.from(item('u'.repeat(40), plantedSeed(9_006)));
    const piece = Buffer.concat(Array.from({ length: Math.floor(MEBIBYTE / line.length) }, () => line));
    async function* pieces() {
      for (let count = 0; count < 400; count++) yield piece;
    }
    const made = await upload(process, token, 'fileName=large.ndjson', pieces());
    expect(made).toMatchObject({ status: 200, body: { data: { uploadBytes: 400 * piece.length } } });
    expect((await highestMemory(process.pid)) - before).toBeLessThan(120 * MEBIBYTE);
  });

  it('larger than the limit is refused, whether it says so or not, and leaves nothing', {
    timeout: 120_000,
  }, async () => {
    const token = await server().token();
    const before = await leftovers(server());
    const piece = Buffer.alloc(MEBIBYTE, 'x');
    async function* pieces() {
      for (let count = 0; count < 125; count++) yield piece;
    }
    const { status, body } = await upload(server(), token, '', pieces());
    expect(status).toBe(413);
    expect(body.message).toContain('FACTORPORT_UPLOAD_MAX_MIB');
    const announced = await sendHead(server(), token, 'Content-Length: 999999999999');
    expect(announced).toMatch(/^HTTP\/1\.1 413 /);
    expect(await leftovers(server())).toEqual(before);
  });

  it.each(['application/octet-stream', 'multipart/form-data; boundary=edge'])(
    'that breaks off leaves nothing (%s)',
    async (type) => {
      const token = await server().token();
      const before = await leftovers(server());
      const { hostname, port } = new URL(server().url);
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      const head = `POST /api/v1/import-jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: ${type}\r\nContent-Length: 9000000\r\n\r\n`;
      const part = '--edge\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
      socket.write(head + (type.startsWith('multipart') ? part : '') + 'x'.repeat(300_000));
      while ((await filesOf(server())).length === before.files.length) await setTimeout(10);
      socket.destroy();
      while ((await filesOf(server())).length > before.files.length) await setTimeout(10);
      expect(await leftovers(server())).toEqual(before);
    },
  );

  it('a refusal is told before the file is here, and the client that goes on sending finds it', async () => {
    const answer = await sendHead(server(), 'nonsense', 'Content-Length: 50000000');
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    const signed = await sendHead(server(), '', 'Content-Length: 50000000', 'authing id:c2lnbmF0dXJl');
    expect(signed).toMatch(/^HTTP\/1\.1 401 /);
    expect(signed).toContain('get-management-token');
  });
});

/** Sends the head of an upload and a little of its body. @returns the answer */
async function sendHead(server: TestServer, token: string, length: string, authorization = `Bearer ${token}`) {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `POST /api/v1/import-jobs HTTP/1.1\r\nHost: localhost\r\nx-authing-lang: en\r\nAuthorization: ${authorization}\r\n${length}\r\n\r\n`,
  );
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    socket.write('x'.repeat(1_000));
    if (text.includes('"requestId"')) break;
  }
  socket.destroy();
  return text;
}
