import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { createTestDatabase } from '../support/engines.ts';
import { inputFolder } from '../support/input-folder.ts';
import { plantedSeed } from '../support/planted.ts';
import { FakeScreen } from './fake-terminal.ts';
import { prepare } from './prepare.ts';

async function fileOf(name: string, content: string): Promise<string> {
  const path = join(inputFolder(), name);
  await writeFile(path, content);
  return path;
}

async function runPlainly(language: 'en' | 'zh', ...words: string[]) {
  const [output, errors] = [new FakeScreen(false), new FakeScreen(false)];
  const code = await run([...words, '--lang', language], createTerminal(output, errors));
  return { code, output: output.text, errors: errors.text };
}

/** So many items, of which every third cannot be read. */
function listOf(count: number): string {
  const secretAt = (index: number) => (index % 3 === 0 ? 'not base32' : plantedSeed(index));
  const items = Array.from({ length: count }, (_, index) => ({
    userId: `user-${index}`,
    otp: { secret: secretAt(index) },
  }));
  return items.map((item) => `${JSON.stringify(item)}\n`).join('');
}

describe('whoever makes a mistake with an import is told', () => {
  beforeEach(async () => {
    vi.stubEnv('LC_ALL', 'C');
    const { environment } = await createTestDatabase('sqlite');
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    await prepare('# After a first start');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['en', /^state +stopped: .*of the first 30 items 10 fail/m, /^Each of them: factorport import report /m],
    ['zh', /^状态 +已停止：前 30 项中有 10 项失败，/m, /^逐项查看：factorport import report /m],
  ] as const)('%s: how many items fail where too many do, and where each is named', async (language, state, report) => {
    const path = await fileOf('list.ndjson', listOf(30));
    const { code, output } = await runPlainly(language, 'import', path, '--create-users', '--max-errors', '5');
    expect(code).toBe(1);
    expect(output).toMatch(state);
    expect(output).toMatch(report);
  });

  it.each(['en', 'zh'] as const)('%s: by which option missing users are created', async (language) => {
    const path = await fileOf('list.ndjson', listOf(3));
    const { output } = await runPlainly(language, 'import', path, '--dry-run');
    expect(output).toMatch(/^ *2 {2}user_not_found .*--create-users/m);
  });

  it('that no item is in the report that was asked for', async () => {
    const path = await fileOf('list.ndjson', listOf(2).split('\n')[1] as string);
    const report = path.replace('list.ndjson', 'failed.csv');
    const { output } = await runPlainly('en', 'import', path, '--create-users', '--report', report);
    expect(output).toContain(`No item is in the report: ${report}`);
    expect(output).not.toContain('to be mended');
  });

  it('that there is no such reason, instead of an empty report', async () => {
    const { code, errors, output } = await runPlainly('en', 'import', 'report', 'any', '--reason', 'not-base32');
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toMatch(/"--reason" is not valid: it must be one of .*not_base32/);
  });

  it('that the first line of the password file is empty; a byte order mark is no part of it', async () => {
    const path = await fileOf('list.ndjson', listOf(3));
    const empty = await fileOf('password.txt', '\ufeff\r\nsecond line\n');
    const { code, errors } = await runPlainly('en', 'import', path, '--password-file', empty);
    expect(code).toBe(2);
    expect(errors).toContain('"--password-file" is not valid: the password must stand in the first line of');
  });

  it('of a file by a name that draws nothing on the terminal', async () => {
    const path = await fileOf('\u001b[31mlist\nof\u202eall.ndjson', listOf(3));
    await runPlainly('en', 'import', path, '--dry-run');
    const { output } = await runPlainly('en', 'import', 'jobs');
    expect(output).toContain('\ufffd[31mlist\ufffdof\ufffdall.ndjson');
    expect(output.split('\n')).toHaveLength(3);
  });
});

it('a closed standard error ends no work', async () => {
  const words = ['src/cli/main.ts', 'sources', 'no-such-format'];
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, words, { env: { PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.destroy();
  expect(await once(child, 'exit')).toEqual([2, null]);
});

it('whoever interrupts the upload of a pipe in which nothing comes is not kept waiting, and the server is not blamed', async () => {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/v1/import-jobs')) request.once('data', () => child.kill('SIGINT'));
    else response.end(JSON.stringify({ statusCode: 200, message: '', data: { access_token: 'any' } }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const words = ['src/cli/main.ts', 'import', '-', '--lang', 'en', '--server', `http://127.0.0.1:${port}`];
  const { PATH = '' } = process.env;
  const env = { PATH, FACTORPORT_ACCESS_KEY_ID: 'id', FACTORPORT_ACCESS_KEY_SECRET: 'secret' };
  const child = spawn(process.execPath, words, { env, stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.write('begun');
  try {
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect({ errors, code }).toEqual({ errors: 'factorport: Interrupted. Nothing was imported.\n', code: 1 });
  } finally {
    child.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
  }
});
