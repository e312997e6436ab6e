import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BenchDatabase } from './databases.ts';
import { readPeakRssMiB } from './peak-memory.ts';

/** How the import of a file went. */
export interface ImportedFile {
  /** From before the first byte of the file was read until the job had finished. */
  readonly milliseconds: number;
  /** The whole life of the process: the start of Node and of the service, and their end, too. */
  readonly processMilliseconds: number;
  readonly peakRssMiB: number | null;
}

/** The program as it is published: compiled, so that neither time nor memory goes into reading TypeScript. */
export interface BuiltProgram extends AsyncDisposable {
  /** What Node is started with: the flags of the published command, and the program. */
  readonly words: readonly string[];
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOOK_EVERY_MS = 100;

/** Compiles the program as `npm run build` does, into a folder of its own. */
export function buildProgram(): BuiltProgram {
  // Beside node_modules, so that the packages are found.
  const folder = join(ROOT, `.bench-build-${process.pid}`);
  const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', folder], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the program does not compile');
  return {
    words: [...flagsOfCommand(), join(folder, 'cli', 'main.js')],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * Runs `factorport import FILE` on a file of so many registrations.
 *
 * @throws Error if not every registration and its recovery code was added
 */
export async function importFile(
  program: BuiltProgram,
  database: BenchDatabase,
  path: string,
  rows: number,
): Promise<ImportedFile> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, NODE_ENV: 'production', ...database.environment };
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...program.words, 'import', path, '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'close');
  let peakRssMiB: number | null = null;
  while (child.exitCode === null && child.signalCode === null) {
    peakRssMiB = (await readPeakRssMiB(child.pid as number)) ?? peakRssMiB;
    await Promise.race([ended, setTimeout(LOOK_EVERY_MS)]);
  }
  await ended;
  const processMilliseconds = performance.now() - startedAt;
  const { state, counts, createdAt, finishedAt } = JSON.parse(output) as ToldJob;
  const milliseconds = Date.parse(finishedAt) - Date.parse(createdAt);
  if (state !== 'finished' || counts.added !== rows || counts.recoveryCodes !== rows) {
    throw new Error(`the import did not add everything: ${output.trim()}`);
  }
  return { milliseconds, processMilliseconds, peakRssMiB };
}

/** Of what the command prints of a job. */
interface ToldJob {
  readonly state: string;
  readonly counts: { readonly added: number; readonly recoveryCodes: number };
  /** When its upload began. */
  readonly createdAt: string;
  readonly finishedAt: string;
}

function flagsOfCommand(): string[] {
  const [firstLine = ''] = readFileSync(join(ROOT, 'bin', 'factorport.js'), 'utf8').split('\n');
  return firstLine.split(' ').filter((word) => word.startsWith('--'));
}
