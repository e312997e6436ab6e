import { parse } from 'csv-parse/sync';
import { type Line, readLines } from '../input/lines.ts';
import type { SourceInput } from '../source.ts';
import { MAXIMUM_COLUMNS, type Row } from './row.ts';

/** How a text file writes its table. */
export interface CsvForm {
  readonly separator: string;
  /** Whether quotation marks group a cell; where they do not, they are characters like others. */
  readonly isQuoted: boolean;
}

/** A cell with line breaks is a list of codes or a note; what is longer is a quotation mark that nobody closed. */
const MAXIMUM_LINES = 64;
const MAXIMUM_CHARACTERS = 64 * 1024;

/** `#REF!` and `####` in the first cell are what a spreadsheet left of it, and no comments. */
const COMMENT = /^\s*#(?!#*\s*[,;|\t]|(?:REF!|VALUE!|NAME\?|NUM!|DIV\/0!|NULL!|N\/A))/;
/** Excel's own line that names the separator. */
const SEPARATOR_LINE = /^sep=(.)$/i;

/**
 * Reads the rows of a CSV file (RFC 4180). Comments (`#` at the beginning of a line) and blank lines are left out.
 *
 * A quotation mark that is not closed costs its own line and no other: csv-parse alone would take everything up to the next
 * one for a cell. So a record of several lines has to have as many cells as the first row, or else its first line is damaged
 * and the next one begins a record.
 */
export async function* readCsvRows(input: SourceInput, form: CsvForm): AsyncGenerator<readonly Row[], void, undefined> {
  let carried: readonly Line[] = [];
  let width: number | undefined;
  let isFirst = true;
  const readAll = (lines: readonly Line[], isEnd: boolean): readonly Row[] => {
    const rows: Row[] = [];
    let next = 0;
    while (next < lines.length) {
      const record = nextRecord(lines, next, form, width, isEnd);
      if (record === undefined) break;
      next += record.lineCount;
      if (record.row === undefined) continue;
      width ??= record.row.cells?.length;
      rows.push(record.row);
    }
    carried = next === 0 ? lines : lines.slice(next);
    return rows;
  };
  for await (const batch of readLines(input)) {
    const lines = isFirst && SEPARATOR_LINE.test(batch[0]?.text ?? '') ? batch.slice(1) : batch;
    isFirst &&= batch.length === 0;
    const rows = readAll(carried.length === 0 ? lines : [...carried, ...lines], false);
    if (rows.length > 0) yield rows;
  }
  const rows = readAll(carried, true);
  if (rows.length > 0) yield rows;
}

/** The separator that the first lines have: named by Excel's line, or else the one that makes the best table of them. */
export async function findSeparator(
  input: SourceInput,
  separators: readonly string[],
  rate: (row: readonly string[]) => number,
): Promise<string> {
  return bestSeparator(await firstLines(input), separators, rate);
}

/**
 * The rows at the beginning of a text, each on one line, for telling what the file is.
 *
 * @param isWhole whether the text is all of the file; otherwise its last line may be cut and is left out
 */
export function readHeadRows(
  text: string,
  isWhole: boolean,
  separators: readonly string[],
  rate: (row: readonly string[]) => number,
): readonly (readonly string[])[] {
  const all = text.split(/\r\n?|\n/, LOOKED_AT + 1);
  const lines = (isWhole || all.length > LOOKED_AT ? all : all.slice(0, -1)).slice(0, LOOKED_AT);
  const form = { separator: bestSeparator(lines, separators, rate), isQuoted: true };
  const table = lines.filter((line) => line.trim() !== '' && !COMMENT.test(line) && !SEPARATOR_LINE.test(line));
  return table.map((line) => splitLine(line, form)).filter((row) => row !== undefined);
}

function bestSeparator(
  lines: readonly string[],
  separators: readonly string[],
  rate: (row: readonly string[]) => number,
): string {
  const named = SEPARATOR_LINE.exec(lines[0] ?? '')?.[1];
  if (named !== undefined && separators.includes(named)) return named;
  const table = lines.filter((line) => line.trim() !== '' && !COMMENT.test(line));
  const marks = separators.map((separator) => markTable(table, separator, rate));
  return separators[marks.indexOf(Math.max(...marks))] as string;
}

/** Cells of one line; `undefined` where its quotation marks do not fit, or where it has more than {@link MAXIMUM_COLUMNS}. */
export function splitLine(text: string, form: CsvForm): readonly string[] | undefined {
  const cells = splitAll(text, form);
  return cells !== undefined && cells.length > MAXIMUM_COLUMNS ? undefined : cells;
}

function splitAll(text: string, { separator, isQuoted }: CsvForm): readonly string[] | undefined {
  if (!isQuoted || !text.includes('"')) return text.split(separator).map((cell) => cell.trim());
  const simple = splitSimple(text, separator);
  if (simple !== undefined) return simple;
  const startsQuoted = text.split(separator).some((cell) => cell.trimStart().startsWith('"'));
  try {
    const rows: string[][] = parse(text, {
      delimiter: separator,
      // A quotation mark in the middle of a cell is one, as in 5" screen, where no cell begins with one.
      relax_quotes: !startsQuoted,
      relax_column_count: true,
      trim: true,
      record_delimiter: ['\u001e'],
    });
    return rows.length === 1 ? rows[0]?.map((cell) => cell.trim()) : undefined;
  } catch {
    return undefined;
  }
}

/** Cells that are quoted whole, without a quotation mark in them: nearly all, and csv-parse takes ten times as long for them. */
function splitSimple(text: string, separator: string): readonly string[] | undefined {
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const isQuoted = text[at] === '"';
    const end = isQuoted ? text.indexOf('"', at + 1) + 1 : endOfCell(text, separator, at);
    if (isQuoted && (end === 0 || (end < text.length && text[end] !== separator))) return undefined;
    const cell = isQuoted ? text.slice(at + 1, end - 1) : text.slice(at, end);
    if (!isQuoted && cell.includes('"')) return undefined;
    cells.push(cell.trim());
    if (end >= text.length) return cells;
    at = end + 1;
  }
}

function endOfCell(text: string, separator: string, start: number): number {
  const end = text.indexOf(separator, start);
  return end < 0 ? text.length : end;
}

interface Record {
  readonly row: Row | undefined;
  readonly lineCount: number;
}

/** @returns `undefined` where more lines are needed */
function nextRecord(
  lines: readonly Line[],
  start: number,
  form: CsvForm,
  width: number | undefined,
  isEnd: boolean,
): Record | undefined {
  const { text, number } = lines[start] as Line;
  if (text.trim() === '' || COMMENT.test(text)) return { row: undefined, lineCount: 1 };
  if (form.isQuoted && countQuotes(text) % 2 === 1) {
    const end = findEnd(lines, start);
    if (end === 'unknown' && !isEnd) return undefined;
    if (typeof end === 'number') {
      const joined = lines.slice(start, end).map((line) => line.text);
      const cells = splitLine(joined.join('\n'), form);
      if (cells !== undefined && (width === undefined || cells.length === width)) {
        return { row: { line: number, cells }, lineCount: end - start };
      }
    }
  }
  const cells = splitLine(text, form);
  if (cells?.every((cell) => cell === '') === true) return { row: undefined, lineCount: 1 };
  return { row: { line: number, cells }, lineCount: 1 };
}

/** Where the line is that closes the open quotation mark of line `start`: one beyond it. */
function findEnd(lines: readonly Line[], start: number): number | 'unknown' | undefined {
  let characters = 0;
  for (let index = start; index < lines.length; index++) {
    const { text } = lines[index] as Line;
    characters += text.length;
    if (index - start >= MAXIMUM_LINES || characters > MAXIMUM_CHARACTERS) return undefined;
    if (index > start && countQuotes(text) % 2 === 1) return index + 1;
  }
  return 'unknown';
}

function countQuotes(text: string): number {
  let count = 0;
  for (let index = text.indexOf('"'); index >= 0; index = text.indexOf('"', index + 1)) count++;
  return count;
}

const LOOKED_AT = 50;
const LOOKED_AT_CHARACTERS = 1024 * 1024;

async function firstLines(input: SourceInput): Promise<readonly string[]> {
  const lines: string[] = [];
  let length = 0;
  for await (const batch of readLines(input)) {
    for (const { text } of batch) {
      lines.push(text);
      length += text.length;
      if (lines.length >= LOOKED_AT || length > LOOKED_AT_CHARACTERS) return lines;
    }
  }
  return lines;
}

/** Headings that are understood count most, then how many rows have as many cells as the first. */
function markTable(lines: readonly string[], separator: string, rate: (row: readonly string[]) => number): number {
  const form = { separator, isQuoted: true };
  const rows = lines.map((line) => splitLine(line, form)).filter((row) => row !== undefined);
  const [first] = rows;
  if (first === undefined || first.length < 2) return 0;
  const even = rows.filter((row) => row.length === first.length).length / rows.length;
  return rate(first) * 100 + even * 10 + Math.min(first.length, 9) / 10;
}
