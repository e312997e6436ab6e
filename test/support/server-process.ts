import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, createWriteStream, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { artifactFolder } from './artifacts.ts';
import { plant } from './planted.ts';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src', 'cli', 'main.ts');
const LISTENING = /^listening on (http:\/\/\S+)$/m;
const SECRET = /^\s*access key secret\s+(\S+)$/m;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a finished program has said. */
export interface Finished extends Exit {
  readonly output: string;
  readonly errors: string;
}

/** The service in a process of its own. Leaving the scope kills it. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** What it has printed to standard output so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Finished>;
}

export interface ServerProcessOptions {
  /** Options of `serve`; the port is a free one unless given here. */
  readonly words?: readonly string[];
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** No file may grow beyond this: what a full disk does. */
  readonly maximumFileKiB?: number;
  /** Where standard error goes, past this process; in the suite's remains unless told otherwise. */
  readonly logFile?: string;
}

/** A service that ended before it listened. */
export class ServerDidNotStart extends Error {
  readonly finished: Finished;
  constructor(finished: Finished) {
    super(`the server ended with ${finished.code ?? finished.signal}: ${finished.errors.trim()}`);
    this.finished = finished;
  }
}

const running = new Set<ChildProcess>();
// A test file that breaks off must not leave servers behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts `factorport serve` and waits until it listens.
 *
 * @param environment the only settings it sees; of this process's environment it gets nothing but PATH and HOME
 * @throws {@link ServerDidNotStart}
 */
export async function startServerProcess(
  environment: Readonly<Record<string, string>>,
  options: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const words = ['serve', '--port', '0', ...(options.words ?? [])];
  const program = startProgram(words, environment, options);
  program.child.stderr?.pipe(createWriteStream(newLogFile()));
  const url = await Promise.race([program.line(LISTENING), program.exited.then((exit) => refuse(exit))]);
  const secret = SECRET.exec(program.output())?.[1];
  if (secret !== undefined && options.logFile === undefined) plant(secret);
  const kill = (signal: NodeJS.Signals) => void program.child.kill(signal);
  return {
    url,
    pid: program.child.pid as number,
    output: program.output,
    kill,
    exited: program.exited,
    async [Symbol.asyncDispose]() {
      kill('SIGKILL');
      await program.exited;
    },
  };
}

/** Runs a command of `factorport` to its end, or kills it after some time. */
export function runFactorport(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  { killAfterMs }: { readonly killAfterMs?: number } = {},
): Promise<Finished> {
  const program = startProgram(words, environment);
  const kill = killAfterMs === undefined ? undefined : setTimeout(() => program.child.kill('SIGKILL'), killAfterMs);
  return program.exited.finally(() => clearTimeout(kill));
}

function startProgram(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  { nodeOptions = [], maximumFileKiB, logFile }: ServerProcessOptions = {},
) {
  const { PATH = '', HOME = '' } = process.env;
  const command = [process.execPath, ...nodeOptions, MAIN, ...words];
  // The shell gives way to the program, which so has the process id that is returned.
  const limit = maximumFileKiB === undefined ? [] : ['sh', '-c', `ulimit -f ${maximumFileKiB * 2}; exec "$0" "$@"`];
  const [program = '', ...rest] = [...limit, ...command];
  const log = logFile === undefined ? 'pipe' : openSync(logFile, 'a');
  const child: ChildProcess = spawn(program, rest, {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', log],
  });
  if (log !== 'pipe') closeSync(log);
  running.add(child);
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const exited = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      if (logFile !== undefined) errors = readFileSync(logFile, 'utf8');
      resolve({ code, signal, output, errors });
    });
  });
  /** Waits for a line of standard output and gives its first group. */
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      child.stdout?.on('data', () => {
        const found = pattern.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
  return { child, exited, line, output: () => output };
}

function newLogFile(): string {
  return join(artifactFolder('logs'), `process-${randomBytes(4).toString('hex')}.log`);
}

function refuse(finished: Finished): never {
  throw new ServerDidNotStart(finished);
}
