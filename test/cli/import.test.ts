import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Actor } from '../../src/audit/audit-log.ts';
import { run } from '../../src/cli/run.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { readConfig } from '../../src/config.ts';
import { DEFAULT_JOB_OPTIONS } from '../../src/import/jobs/job.ts';
import { computeHotp } from '../../src/otp/hotp.ts';
import { Seed } from '../../src/otp/seed.ts';
import { openServices, type Services } from '../../src/services.ts';
import { uniqueName, useServer } from '../conformance/support/use-server.ts';
import { createTestDatabase, ENGINES } from '../support/engines.ts';
import { inputFolder } from '../support/input-folder.ts';
import { plantedSeed, plantedSeedBytes } from '../support/planted.ts';
import { FakeKeyboard, FakeScreen } from './fake-terminal.ts';
import { prepare } from './prepare.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

function item(userId: string, secret: string): string {
  return `${JSON.stringify({ userId, otp: { secret } })}\n`;
}

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(inputFolder(), name);
  await writeFile(path, text);
  return path;
}

/** Runs a command without a terminal. */
async function runPlainly(...words: string[]) {
  const [output, errors] = [new FakeScreen(false), new FakeScreen(false)];
  const code = await run([...words, '--lang', 'en'], createTerminal(output, errors));
  return { code, output: output.text, errors: errors.text };
}

describe.each(ENGINES)('%s: importing by the command line', (engine) => {
  const server = useServer(engine);

  /** The words that lead to the database of the test server, or to the server itself. */
  async function setUp(where: 'here' | 'on a server'): Promise<string[]> {
    vi.stubEnv('LC_ALL', 'C');
    if (where === 'here') {
      const { environment } = await createTestDatabase(engine);
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      await prepare('# After a first start');
      return [];
    }
    const { key, secret } = await server().createKey();
    vi.stubEnv('FACTORPORT_ACCESS_KEY_ID', key.accessKeyId);
    vi.stubEnv('FACTORPORT_ACCESS_KEY_SECRET', secret);
    return ['--server', server().url];
  }

  it.each(['here', 'on a server'] as const)(
    '%s: rehearsed, imported, reported, mended, undone',
    { timeout: 60_000 },
    async (where) => {
      const at = await setUp(where);
      const [ann, bob] = [uniqueName('ann'), uniqueName('bob')];
      const path = await fileOf('users.ndjson', item(ann, plantedSeed(9_400)) + item(bob, 'not base32'));
      const rehearsed = await runPlainly('import', path, '--create-users', '--dry-run', ...at);
      expect(rehearsed).toMatchObject({ code: 1, errors: '' });
      expect(rehearsed.output).toMatch(/^Dry run: nothing was written/);
      const report = path.replace('users.ndjson', 'failed.csv');
      const told = await runPlainly('import', path, '--create-users', '--report', report, '--json', ...at);
      const job = JSON.parse(told.output);
      expect(told).toMatchObject({ code: 1, errors: '' });
      expect(job).toMatchObject({ state: 'finished', counts: { items: 2, added: 1, failed: 1, usersCreated: 1 } });
      expect((await stat(report)).mode & 0o777).toBe(0o600);
      expect(await runPlainly('import', path, '--report', report, ...at)).toMatchObject({ code: 1, output: '' });
      const rows = (await readFile(report, 'utf8')).split('\r\n');
      const cells = (rows[1] as string).split(',');
      cells[(rows[0] as string).split(',').indexOf('secret')] = plantedSeed(9_401);
      const mended = await fileOf('mended.csv', [rows[0], cells.join(',')].join('\r\n'));
      const again = await runPlainly('import', mended, '--create-users', ...at);
      expect(again).toMatchObject({ code: 0, errors: '' });
      expect((await runPlainly('import', 'show', job.jobId, ...at)).output).toContain('truncated');
      expect((await runPlainly('import', 'report', job.jobId, '--format', 'ndjson', ...at)).output).toContain(bob);
      expect((await runPlainly('import', 'jobs', ...at)).output).toContain(job.jobId);
      expect((await runPlainly('import', 'undo', job.jobId, ...at)).code).toBe(2);
      const undone = await runPlainly('import', 'undo', job.jobId, '--yes', '--json', ...at);
      expect(undone.code).toBe(0);
      expect(JSON.parse(undone.output)).toMatchObject({ state: 'undone', undo: { usersDeleted: 1 } });
      expect((await runPlainly('import', 'cancel', job.jobId, ...at)).code).toBe(1);
      expect((await runPlainly('import', 'resume', job.jobId, ...at)).code).toBe(1);
    },
  );

  it.each(['here', 'on a server'] as const)(
    '%s: a terminal is asked for what the file does not say, and for a code',
    { timeout: 60_000 },
    async (where) => {
      const at = await setUp(where);
      const ann = uniqueName('ann');
      const seed = plantedSeed(9_402);
      const path = await fileOf('table.csv', `A,B\n${ann},${seed}\n`);
      const code = () => computeHotp(new Seed(plantedSeedBytes(9_402)), Math.floor(Date.now() / 30_000), 'SHA1', 6);
      const answers = { 'secrets?': '2', 'names the user?': '1', 'that column?': '1', 'shows now:': code };
      const { exit, screen } = await runAtTerminal(answers, 'import', path, '--create-users', '--prove', ann, ...at);
      expect(screen).toContain(`The code of ${ann} comes from the file.`);
      expect(exit).toBe(0);
    },
  );

  it('a terminal is asked for the password of an encrypted file, and again after a wrong one', {
    timeout: 60_000,
  }, async () => {
    await setUp('here');
    const plain = await fileOf('users.ndjson', item('ann', plantedSeed(9_404)));
    expect((await runPlainly('import', plain, '--create-users')).code).toBe(0);
    const sealed = plain.replace('users.ndjson', 'sealed.xml');
    const password = await fileOf('password.txt', 'a long enough password\n');
    expect((await runPlainly('export', '--password-file', password, '--output', sealed)).code).toBe(0);
    const answers = { 'Needed:': 'x', 'password:': 'a long enough password' };
    const { exit, screen } = await runAtTerminal(answers, 'import', sealed, '--dry-run');
    expect(screen).toMatch(/^unchanged +1$/m);
    expect(exit).toBe(0);
    const unasked = await runPlainly('import', sealed, '--dry-run');
    expect(unasked).toMatchObject({ code: 1, output: '' });
    expect(unasked.errors).toContain('--password-file');
  });

  it('a wrong code imports nothing, and undoing can be refused at the terminal', { timeout: 60_000 }, async () => {
    await setUp('here');
    const path = await fileOf('users.ndjson', item('ann', plantedSeed(9_403)));
    const wrong = await runAtTerminal({ 'shows now:': '000000' }, 'import', path, '--create-users', '--prove', 'ann');
    expect(wrong).toMatchObject({ exit: 1 });
    expect(wrong.screen).toContain('Nothing was imported.');
    const job = JSON.parse((await runPlainly('import', path, '--create-users', '--json')).output);
    const undo = await runAtTerminal({ 'Type yes:': 'no' }, 'import', 'undo', job.jobId);
    expect(undo).toMatchObject({ exit: 1 });
    expect(undo.screen).toContain('Not undone.');
  });

  it('where nobody is found, another way to match is proposed', { timeout: 60_000 }, async () => {
    const at = await setUp('on a server');
    const path = await fileOf('users.csv', `user_id,email,secret\n4711,ann@example.com,${plantedSeed(9_404)}\n`);
    const { output, code } = await runPlainly('import', path, ...at);
    expect(code).toBe(1);
    expect(output).toContain('try: --match email');
  });

  it('Ctrl-C stops a job at a checkpoint, and it can be gone on with', { timeout: 60_000 }, async () => {
    await setUp('here');
    const lines = Array.from({ length: 30_000 }, (_, index) => item(`u${index}`, plantedSeed(index))).join('');
    const path = await fileOf('many.ndjson', lines);
    const [output, errors] = [new FakeScreen(false), new FakeScreen(true)];
    const running = run(['import', path, '--create-users', '--lang', 'en'], createTerminal(output, errors));
    await errors.until(/rows\/s/);
    process.emit('SIGINT');
    expect(await running).toBe(1);
    const [, jobId = ''] = /import resume ([0-9a-f]{24})/.exec(errors.text) ?? [];
    expect(output.text).toContain('Stopped by request.');
    const resumed = await runPlainly('import', 'resume', jobId, '--json');
    expect(JSON.parse(resumed.output)).toMatchObject({ state: 'finished', counts: { items: 30_000, added: 30_000 } });
    expect(resumed.code).toBe(0);
  });

  it('what a process that is gone left running or half undone is gone on with', { timeout: 60_000 }, async () => {
    await setUp('here');
    const user = uniqueName('left');
    const actor = { id: 'test', address: '', requestId: 'test' };
    /** Something that no process does to its end. */
    const leave = async <Result>(work: (services: Services, actor: Actor) => Promise<Result>): Promise<Result> => {
      const services = await openServices(readConfig({}));
      const result = await work(services, { poolId: services.defaultPool.pool_id, ...actor });
      await services.close();
      return result;
    };
    const jobId = await leave(async ({ importJobs }, somebody) => {
      const upload = await importJobs.beginUpload(somebody, {});
      await upload.file(Readable.from(Buffer.from(item(user, plantedSeed(9_402)))));
      const { job } = await upload.finish();
      await importJobs.run(somebody, job.jobId, { ...DEFAULT_JOB_OPTIONS, createUsers: true });
      return job.jobId;
    });
    expect((await runPlainly('import', 'resume', jobId, '--on-existing', 'skip')).code).toBe(1);
    const resumed = await runPlainly('import', 'resume', jobId, '--json');
    expect(JSON.parse(resumed.output)).toMatchObject({ state: 'finished', counts: { added: 1 } });
    await leave(({ importJobs }, somebody) => importJobs.undo(somebody, jobId));
    const undone = await runPlainly('import', 'undo', jobId, '--yes', '--json');
    expect(JSON.parse(undone.output)).toMatchObject({ state: 'undone', undo: { usersDeleted: 1 } });
  });
});

describe('a server that cannot be trusted or used', () => {
  it.each([
    ['http://otp.example.com', 2, 'https://'],
    ['http://127.0.0.1:1', 3, 'cannot be reached'],
  ])('%s ends with %i and says why', async (url, exit, text) => {
    vi.stubEnv('FACTORPORT_ACCESS_KEY_ID', 'id');
    vi.stubEnv('FACTORPORT_ACCESS_KEY_SECRET', 'secret');
    const { code, errors } = await runPlainly('import', 'jobs', '--server', url);
    expect(code).toBe(exit);
    expect(errors).toContain(text);
  });

  it('no key is asked for where nobody can be asked', async () => {
    vi.stubEnv('FACTORPORT_ACCESS_KEY_ID', '');
    const { code, errors } = await runPlainly('import', 'jobs', '--server', 'https://otp.example.com');
    expect(code).toBe(2);
    expect(errors).toContain('FACTORPORT_ACCESS_KEY_SECRET');
  });
});

/** Runs a command at a terminal where somebody answers what is asked. */
async function runAtTerminal(answers: Readonly<Record<string, string | (() => string)>>, ...words: string[]) {
  const [output, errors, keyboard] = [new FakeScreen(true), new FakeScreen(true), new FakeKeyboard()];
  const left = new Map(Object.entries(answers));
  errors.onText = () => {
    for (const [question, answer] of left) {
      const asked = errors.text.lastIndexOf(question);
      if (asked < 0 || !/(:|\?) $/.test(errors.text)) continue;
      left.delete(question);
      keyboard.type(`${typeof answer === 'string' ? answer : answer()}\n`);
      return;
    }
  };
  const exit = await run([...words, '--lang', 'en'], createTerminal(output, errors, keyboard));
  return { exit, screen: output.text + errors.text };
}
