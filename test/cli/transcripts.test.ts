import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { createTerminal } from '../../src/cli/terminal.ts';
import { VERSION } from '../../src/version.ts';
import { artifactFolder } from '../support/artifacts.ts';
import { plant } from '../support/planted.ts';
import { prepare, tokenCode } from './prepare.ts';

/*
 * A transcript is what an operator sees: `$` before a command, `!` before each line of standard error, `=` before an
 * exit code other than 0, nothing before standard output. The commands of a file share a data directory, empty at
 * first, or set up where the file begins with `# After a first start`. What differs from run to run stands as <id>,
 * <secret>, <recovery code>, <hash>, <request>, <account>, <host>, <time>, <data>, <version>. In a command {id} is the
 * last id that was printed, {recovery code} the last recovery code, {code N} what the token of alice shows at a counter.
 *
 * After a change that is meant: UPDATE_TRANSCRIPTS=1 vitest run test/cli
 */

const FOLDER = dirname(fileURLToPath(import.meta.url));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

const RECOVERY_CODE = /\b[0-9a-f]{4}(?:-[0-9a-f]{4}){6}\b/g;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the command line says what its transcripts say', () => {
  it.each(FILES)('%s', async (name) => {
    const path = join(FOLDER, name);
    const expected = readFileSync(path, 'utf8');
    const actual = await play(expected, name);
    if (process.env.UPDATE_TRANSCRIPTS) writeFileSync(path, actual);
    else expect(actual).toBe(expected);
    expect(actual).not.toMatch(/^\W*at .*:\d+:\d+\)?$/m);
  });
});

/** Runs the commands of a transcript and writes it anew; comments and empty lines before a command stay. */
async function play(transcript: string, name: string): Promise<string> {
  vi.stubEnv('LC_ALL', 'C');
  vi.stubEnv('FACTORPORT_DATA_DIR', artifactFolder('data', `transcript-${name.replace('.txt', '')}`));
  await prepare(transcript.slice(0, transcript.indexOf('\n')));
  const played: string[] = [];
  let id = '';
  let recoveryCode = '';
  for (const line of transcript.split('\n')) {
    if (line.startsWith('#')) played.push(line);
    if (!line.startsWith('$ factorport')) continue;
    const command = line
      .slice('$ factorport'.length)
      .replace('{id}', id)
      .replaceAll('<data>', process.env.FACTORPORT_DATA_DIR as string)
      .replace('{recovery code}', recoveryCode)
      .replace(/\{code (\d+)\}/g, (_, counter) => tokenCode(Number(counter)));
    const { text, printed } = await runCommand(command);
    recoveryCode = printed.match(RECOVERY_CODE)?.at(-1) ?? recoveryCode;
    id = printed.match(/\b[0-9a-f]{24}\b/)?.[0] ?? id;
    played.push(line, ...text, '');
  }
  return played.join('\n');
}

async function runCommand(command: string): Promise<{ text: string[]; printed: string }> {
  const output = collector();
  const errors = collector();
  const words = (command.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
  const code = await run(words, createTerminal(output.stream, errors.stream));
  for (const [secret] of output.text().matchAll(/\b[0-9a-f]{48}\b/g)) plant(secret);
  for (const [code] of output.text().matchAll(RECOVERY_CODE)) plant(code);
  return {
    printed: output.text(),
    text: [
      ...lines(output.text()),
      ...lines(errors.text()).map((line) => `! ${line}`),
      ...(code === 0 ? [] : [`= ${code}`]),
    ],
  };
}

function lines(text: string): string[] {
  const dataDir = process.env.FACTORPORT_DATA_DIR as string;
  const steady = text
    .replaceAll(dataDir, '<data>')
    .replace(/\b[0-9a-f]{48}\b/g, '<secret>')
    .replace(/\b[0-9a-f]{24}\b/g, '<id>')
    .replace(/\b[0-9a-f]{64}\b/g, '<hash>')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<request>')
    .replaceAll(`cli:${userInfo().username}`, 'cli:<account>')
    .replaceAll(hostname(), '<host>')
    .replace(RECOVERY_CODE, '<recovery code>')
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '<time>')
    .replace(/"cli:[^"]+"/g, '"cli:<account>"')
    .replace(/"(createdAt|updatedAt)":\d+/g, '"$1":<time>')
    .replaceAll(`factorport ${VERSION}`, 'factorport <version>')
    .trimEnd();
  // How wide a column is depends on the account's name where it stands in it.
  const even = steady.includes('<account>') ? steady.replace(/ {2,}/g, '  ') : steady;
  return even === '' ? [] : even.split('\n');
}

function collector() {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream, text: () => text };
}
