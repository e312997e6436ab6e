import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const LISTENING = /^listening on (http:\/\/\S+)$/m;

/** A server in a process of its own. Leaving the scope kills it. */
export interface ContenderProcess extends AsyncDisposable {
  readonly url: string;
}

/** Starts a script that serves HTTP and waits until it says `listening on http://…`. */
export async function startContender(
  script: string,
  settings: Readonly<Record<string, string>>,
): Promise<ContenderProcess> {
  const child = start(script, [], settings);
  const exited = once(child, 'exit');
  const url = await Promise.race([readUrl(child), exited.then(() => undefined)]);
  if (url === undefined) throw new Error(`${script} ended before it listened`);
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Runs a script to its end. @returns what it has printed */
export async function runScript(
  script: string,
  words: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<string> {
  const child = start(script, words, settings);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ended with ${code ?? signal}`);
  return output;
}

function start(script: string, words: readonly string[], settings: Readonly<Record<string, string>>): ChildProcess {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, NODE_ENV: 'production', ...settings };
  const child = spawn(process.execPath, [script, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  // An end by a signal of the terminal must not leave servers behind.
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

function readUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const url = LISTENING.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}
