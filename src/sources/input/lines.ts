import { FactorportError } from '../../errors/error.ts';
import type { SourceInput } from '../source.ts';
import { readText } from './text.ts';

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

export interface LineOptions {
  /** In characters. */
  readonly maximumLength?: number;
}

const DEFAULT_MAXIMUM_LENGTH = 1024 * 1024;

/**
 * Reads the lines of a text file in batches, about one for each chunk of the file. Lines end with LF, CRLF or CR; what
 * follows the last end is a line unless it is empty.
 *
 * @throws `source_item_too_large` with the number of the line; what {@link readText} throws
 */
export async function* readLines(
  input: SourceInput,
  { maximumLength = DEFAULT_MAXIMUM_LENGTH }: LineOptions = {},
): AsyncGenerator<readonly Line[], void, undefined> {
  /** Pieces of a line that has not ended; joined once, so that a line cut into many chunks does not cost their square. */
  let open: string[] = [];
  let openLength = 0;
  let number = 1;
  let endedWithReturn = false;
  for await (const piece of readText(input)) {
    // A CR has ended the line already; the LF behind it belongs to it.
    const text = endedWithReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    endedWithReturn = piece.endsWith('\r');
    const texts = splitLines(text);
    const unfinished = texts.pop() as string;
    if (texts.length > 0) {
      texts[0] = open.join('') + texts[0];
      open = [];
      openLength = 0;
      const batch: Line[] = [];
      for (const line of texts) {
        if (line.length > maximumLength) throw itemTooLarge(number, maximumLength);
        batch.push({ text: line, number: number++ });
      }
      yield batch;
    }
    open.push(unfinished);
    openLength += unfinished.length;
    if (openLength > maximumLength) throw itemTooLarge(number, maximumLength);
  }
  if (openLength > 0) yield [{ text: open.join(''), number }];
}

/** The last element is what follows the last end of a line. */
function splitLines(text: string): string[] {
  return text.includes('\r') ? text.split(/\r\n?|\n/) : text.split('\n');
}

/** @param maximumLength in characters, or bytes */
export function itemTooLarge(item: number, maximumLength: number): FactorportError {
  return new FactorportError('source_item_too_large', {
    parameters: { item, limitKiB: Math.floor(maximumLength / 1024) },
  });
}
