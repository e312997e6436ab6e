import { once } from 'node:events';
import type { Writable } from 'node:stream';

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
}

export function createTerminal(output: Writable, errors: Writable): Terminal {
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
  };
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
