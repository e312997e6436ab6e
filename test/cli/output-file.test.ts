import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeOutputFile } from '../../src/cli/output-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'factorport-output-'));
  path = join(folder, 'file');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function* pieces(count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield `piece ${index}\n`.repeat(1_000);
}

function* failing(): Generator<string> {
  yield* pieces(100);
  throw new Error('broken off');
}

describe('a file that is written', () => {
  it('is whole, for its owner only, and alone in its folder', async () => {
    await writeOutputFile(path, pieces(300), { force: false });
    expect(readFileSync(path, 'utf8')).toBe([...pieces(300)].join(''));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('does not take the place of another unless that is said, and is then for its owner only', async () => {
    writeFileSync(path, 'before', { mode: 0o644 });
    const refused = writeOutputFile(path, pieces(1), { force: false });
    await expect(refused).rejects.toMatchObject({ code: 'file_unwritable' });
    expect(readFileSync(path, 'utf8')).toBe('before');
    await writeOutputFile(path, pieces(1), { force: true });
    expect(readFileSync(path, 'utf8')).toBe([...pieces(1)].join(''));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('does not take the place of one that came meanwhile', async () => {
    function* meanwhile(): Generator<string> {
      yield* pieces(1);
      writeFileSync(path, 'another');
    }
    const refused = writeOutputFile(path, meanwhile(), { force: false });
    await expect(refused).rejects.toMatchObject({ code: 'file_unwritable' });
    expect(readFileSync(path, 'utf8')).toBe('another');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('never replaces a device or a link, whatever was said', async () => {
    symlinkSync('/dev/null', path);
    for (const target of [path, '/dev/null']) {
      const refused = writeOutputFile(target, pieces(1), { force: true });
      await expect(refused).rejects.toMatchObject({ code: 'file_unwritable' });
    }
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('leaves nothing where it breaks off, and what was there as it was', async () => {
    await expect(writeOutputFile(path, failing(), { force: false })).rejects.toThrow('broken off');
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(path, 'before');
    await expect(writeOutputFile(path, failing(), { force: true })).rejects.toThrow('broken off');
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('leaves nothing where it is aborted', async () => {
    const controller = new AbortController();
    function* aborting(): Generator<string> {
      yield* pieces(100);
      controller.abort();
      yield* pieces(100);
    }
    const written = writeOutputFile(path, aborting(), { force: false, signal: controller.signal });
    await expect(written).rejects.toMatchObject({ code: 'interrupted' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused in a folder that is not there', async () => {
    const refused = writeOutputFile(join(folder, 'none', 'file'), pieces(1), { force: false });
    await expect(refused).rejects.toMatchObject({ code: 'file_unwritable', parameters: { reason: 'ENOENT' } });
  });
});

describe('a command that is stopped while it writes', () => {
  async function whileWriting(signal: NodeJS.Signals) {
    const words = ['src/cli/main.ts', 'generate', '--rows', '100000000', '--output', path, '--lang', 'en'];
    const program = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    program.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const closed = once(program, 'close');
    try {
      while (readdirSync(folder).length === 0) await setTimeout(5);
      program.kill(signal);
      const [code, endedBy] = await closed;
      return { code, endedBy, errors };
    } finally {
      program.kill('SIGKILL');
    }
  }

  it('leaves nothing after Ctrl-C, and says so', async () => {
    const { code, errors } = await whileWriting('SIGINT');
    expect(code).toBe(1);
    expect(errors).toContain('No file was written');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing of the name after a kill', async () => {
    expect((await whileWriting('SIGKILL')).endedBy).toBe('SIGKILL');
    const left = readdirSync(folder);
    expect(left).not.toContain('file');
    for (const name of left) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });
});
