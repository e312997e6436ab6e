import { parse } from 'csv-parse/sync';
import { SaxesParser } from 'saxes';
import { decodeHead } from './input/text.ts';
import type { Signs } from './source.ts';

export const HEAD_BYTES = 64 * 1024;
const MAXIMUM_ROWS = 20;
const DELIMITERS = [',', ';', '\t', '|'];

/**
 * What the beginning of a file shows, but for JSON, which is looked through as far as is needed.
 *
 * @param bytes at most {@link HEAD_BYTES}
 */
export function readHeadSigns(bytes: Uint8Array, isWhole: boolean): Omit<Signs, 'json'> {
  const text = decodeHead(bytes, isWhole);
  if (text === undefined) return { bytes, text, isWhole };
  const beginning = text.trimStart();
  if (beginning.startsWith('<')) return { bytes, text, isWhole, xml: readDocumentElement(beginning) };
  if (isLikeJson(text)) return { bytes, text, isWhole };
  return { bytes, text, isWhole, rows: readRows(text, isWhole) };
}

/** Whether a text begins as a JSON object or list does. */
export function isLikeJson(text: string): boolean {
  return /^\s*(\{|\[\s*[[{"\]\d])/.test(text);
}

function readDocumentElement(text: string): { namespace: string; name: string } | undefined {
  let element: { namespace: string; name: string } | undefined;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', () => {});
  parser.on('opentag', ({ uri, local }) => {
    element ??= { namespace: uri, name: local };
  });
  try {
    parser.write(text);
  } catch {
    return element;
  }
  return element;
}

/** Cells of the first rows; comments and empty lines are rows, too, since sources look at them. */
function readRows(text: string, isWhole: boolean): readonly (readonly string[])[] | undefined {
  try {
    const rows: string[][] = parse(text, {
      delimiter: commonDelimiter(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
      to: MAXIMUM_ROWS + 1,
    });
    return isWhole && rows.length <= MAXIMUM_ROWS ? rows : rows.slice(0, -1);
  } catch {
    return undefined;
  }
}

function commonDelimiter(text: string): string {
  const [first = ''] = text.trimStart().split(/[\r\n]/, 1);
  const unquoted = first.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}
