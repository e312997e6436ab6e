import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { FactorportError } from '../errors/error.ts';
import { askSecrets, type SecretTerminal } from './ask-secret.ts';

/** The only writer to the terminal. Results go to standard output, everything else to standard error. */
export interface Terminal {
  /** Whether standard output goes to somebody's screen, and not into a file or a pipe. */
  readonly isScreen: boolean;
  line(text?: string): void;
  /** Writes text as it is and waits until the output takes more, so that much of it does not gather in memory. */
  text(text: string): Promise<void>;
  json(value: unknown): void;
  /** Columns that line up; a wide (Chinese) character counts as two. */
  table(rows: readonly (readonly string[])[]): void;
  error(text: string): void;
  /** A line of standard error that is drawn again and again; `undefined` where that is no screen. */
  readonly status: StatusLine | undefined;
  /** Whoever sits at the keyboard; `undefined` where nobody does. */
  readonly person: Person | undefined;
}

export interface StatusLine {
  /** Replaces the line; what does not fit is cut off. An empty text takes it away. */
  draw(text: string): void;
}

export interface Person {
  /** @throws `interrupted` where there is no answer */
  ask(question: string): Promise<string>;
  /** The same without showing what is typed. */
  askSecret(question: string): Promise<string>;
}

type Input = SecretTerminal['input'];
type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export function createTerminal(output: Writable, errors: Screen, input?: Input): Terminal {
  const line = (text = '') => void output.write(`${text}\n`);
  return {
    isScreen: (output as { isTTY?: boolean }).isTTY === true,
    line,
    async text(text) {
      if (!output.write(text)) await once(output, 'drain');
    },
    json: (value) => line(JSON.stringify(value)),
    table(rows) {
      const widths = (rows[0] ?? []).map((_, column) =>
        Math.max(...rows.map((row) => displayWidth(row[column] ?? ''))),
      );
      for (const row of rows) {
        const cells = row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell)));
        line(cells.join('  ').trimEnd());
      }
    },
    error: (text) => void errors.write(`${text}\n`),
    status: errors.isTTY ? createStatusLine(errors) : undefined,
    person: errors.isTTY && input?.isTTY ? createPerson(errors, input) : undefined,
  };
}

const DEFAULT_COLUMNS = 80;

function createStatusLine(screen: Screen): StatusLine {
  return { draw: (text) => void screen.write(`\r\x1b[K${cut(text, (screen.columns ?? DEFAULT_COLUMNS) - 1)}`) };
}

function createPerson(output: Writable, input: Input): Person {
  return {
    async ask(question) {
      output.write(`${question} `);
      const answer = await readLine(input);
      if (answer === undefined) throw new FactorportError('interrupted');
      return answer.trim();
    },
    async askSecret(question) {
      const [answer] = (await askSecrets([question], { input, output })) ?? [];
      if (answer === undefined) throw new FactorportError('interrupted');
      return answer;
    },
  };
}

/** @returns the next line that is typed; `undefined` where the input ends before */
function readLine(input: Input): Promise<string | undefined> {
  const decoder = new StringDecoder('utf8');
  return new Promise((resolve) => {
    let typed = '';
    const finish = (line: string | undefined) => {
      input.off('data', take).off('end', end);
      input.pause();
      resolve(line);
    };
    const take = (piece: Buffer) => {
      typed += decoder.write(piece);
      const [line, ...rest] = typed.split(/\r\n|\n|\r/);
      if (rest.length > 0) finish(line);
    };
    const end = () => finish(undefined);
    input.on('data', take).on('end', end).resume();
  });
}

/** The beginning of a text that fits into so many columns. */
function cut(text: string, columns: number): string {
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += displayWidth(character);
    if (width > columns) return kept;
    kept += character;
  }
  return kept;
}

/** Resolves when everything written so far has been handed to the reader. */
export function flush(output: Writable): Promise<void> {
  return new Promise((resolve) => output.write('', () => resolve()));
}

/** How many columns a text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;
