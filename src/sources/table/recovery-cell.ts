import type { Reason } from '../../import/reasons.ts';
import { isAbsent } from './written-secret.ts';

const SURE_SEPARATORS = /[;|,，；、\r\n\t]+/;
const SHORTEST_CODE = 6;

/**
 * Takes the recovery codes of a user out of one cell.
 *
 * A JSON list or a list of PostgreSQL (`{a,b}`) says where its codes end. Otherwise semicolons, bars, commas and line breaks
 * part them, and then spaces and hyphens belong to a code. With spaces alone it cannot be told whether `1234 5678` is one code
 * or two, so they part codes only where each of the pieces is long enough for one (six characters) and no piece is shorter.
 *
 * @returns the codes as written, or why they cannot be told
 */
export function splitRecoveryCodes(cell: string): readonly string[] | Reason {
  if (isAbsent(cell)) return [];
  if (cell.startsWith('[')) return readJsonList(cell);
  if (cell.startsWith('{') && cell.endsWith('}')) return parts(cell.slice(1, -1), ',').map(unquote);
  if (SURE_SEPARATORS.test(cell)) return parts(cell, SURE_SEPARATORS);
  const pieces = parts(cell, /\s+/);
  if (pieces.length > 1 && pieces.some((piece) => piece.length < SHORTEST_CODE)) return 'codes_not_separated';
  return pieces;
}

function readJsonList(cell: string): readonly string[] | Reason {
  let list: unknown;
  try {
    list = JSON.parse(cell);
  } catch {
    return 'wrong_type';
  }
  if (!Array.isArray(list) || list.some((code) => typeof code !== 'string')) return 'wrong_type';
  return (list as string[]).filter((code) => code.trim() !== '');
}

function parts(text: string, separator: string | RegExp): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function unquote(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}
