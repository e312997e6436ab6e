import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { FactorportError } from '../errors/error.ts';

/** A terminal to ask at: usually standard input, and standard error so that a redirected output stays clean. */
export interface SecretTerminal {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };
  readonly output: Writable;
}

const CONTROL_C = '\u0003';
const CONTROL_D = '\u0004';
const CONTROL_U = '\u0015';
const ERASING = new Set(['\u0008', '\u007f']);

/**
 * Asks for secrets one after the other; what is typed is not shown.
 *
 * @returns the answers; `undefined` where nobody sits at a terminal
 * @throws `interrupted` where the answer was Ctrl-C, Ctrl-D or the end of the input
 */
export async function askSecrets(
  questions: readonly string[],
  { input, output }: SecretTerminal,
): Promise<readonly string[] | undefined> {
  if (input.isTTY !== true || input.setRawMode === undefined) return undefined;
  input.setRawMode(true);
  const characters = readCharacters(input);
  try {
    const answers: string[] = [];
    for (const question of questions) {
      output.write(`${question} `);
      try {
        answers.push(await readAnswer(characters));
      } finally {
        output.write('\n');
      }
    }
    return answers;
  } finally {
    await characters.return();
    input.setRawMode(false);
    input.pause();
  }
}

async function readAnswer(characters: AsyncGenerator<string, void>): Promise<string> {
  let typed: string[] = [];
  for (;;) {
    const next = await characters.next();
    if (next.done || next.value === CONTROL_C || next.value === CONTROL_D) throw new FactorportError('interrupted');
    if (next.value === '\r' || next.value === '\n') return typed.join('');
    if (ERASING.has(next.value)) typed.pop();
    else if (next.value === CONTROL_U) typed = [];
    else if (next.value >= ' ') typed.push(next.value);
  }
}

/** Keys as they come, whatever pieces the terminal sends them in; what is typed ahead is not lost. */
async function* readCharacters(input: Readable): AsyncGenerator<string, void, void> {
  const decoder = new StringDecoder('utf8');
  for await (const piece of input.iterator({ destroyOnReturn: false })) yield* decoder.write(piece);
}
