import { Tokenizer } from '@streamparser/json';
import { FactorportError } from '../../errors/error.ts';
import type { Reason } from '../../import/reasons.ts';
import type { LocalText } from '../../language.ts';
import type { Place, SourceInput } from '../source.ts';
import { compilePaths, findRecords, type PathNode } from './json-path.ts';
import { createJsonWalk, endWalk, type JsonLimits, reachOffset, takeToken } from './json-walk.ts';
import { type Line, readLines } from './lines.ts';
import { readText } from './text.ts';

export type JsonRecord =
  | {
      readonly kind: 'record';
      readonly place: Place;
      /** Of the paths asked for, the one at which it stands. */
      readonly path: string;
      readonly value: unknown;
    }
  /** A line that is not JSON, in a file with a document a line. */
  | { readonly kind: 'problem'; readonly place: Place; readonly reason: Reason };

const DEFAULT_LIMITS: JsonLimits = { maximumBytes: 1024 * 1024, maximumDepth: 64 };
const PIECE_BYTES = 64 * 1024;
const STRING_BUFFER_BYTES = 4096;
const LINE_FEED = 0x0a;

/**
 * Reads the records of a JSON file of any size, in batches.
 *
 * A document is the file's only value, each of several that follow each other (NDJSON), or each element of the list that
 * such a value is; what is asked for stands at paths inside it: `users.*`, `data.orgs.*.users.*`, or the empty path for the
 * document itself. Where one record stands inside another, the innermost ones are given, so that `['', 'users.*']` gives
 * the users where there are some, and the document otherwise.
 *
 * With a document a line, a damaged line is one problem and the others are read.
 *
 * @throws `source_damaged`, `source_item_too_large`, `source_too_deep`; what {@link readText} throws
 */
export async function* readJsonRecords(
  input: SourceInput,
  paths: readonly string[],
  limits: Partial<JsonLimits> = {},
): AsyncGenerator<readonly JsonRecord[], void, undefined> {
  const root = compilePaths(paths);
  const allLimits = { ...DEFAULT_LIMITS, ...limits };
  yield* (await hasDocumentALine(input, allLimits.maximumBytes))
    ? readDocumentLines(input, root, allLimits)
    : readDocuments(input, root, allLimits);
}

/**
 * Whether the first two lines are two documents: the second begins with a brace, and the first does not end with what JSON
 * has before a value.
 */
async function hasDocumentALine(input: SourceInput, maximumLength: number): Promise<boolean> {
  let last = '';
  let hasLineEnded = false;
  let length = 0;
  for await (const piece of readText(input)) {
    for (const character of piece) {
      if (/\s/.test(character)) hasLineEnded ||= last !== '' && /[\r\n]/.test(character);
      else if (last === '' && character !== '{') return false;
      else if (hasLineEnded) return character === '{' && !'[:,{'.includes(last);
      else last = character;
    }
    length += piece.length;
    if (length > maximumLength) return false;
  }
  return false;
}

async function* readDocumentLines(
  input: SourceInput,
  root: PathNode,
  limits: JsonLimits,
): AsyncGenerator<readonly JsonRecord[], void, undefined> {
  let item = 0;
  for await (const lines of readLines(input, { maximumLength: limits.maximumBytes })) {
    const batch: JsonRecord[] = [];
    for (const line of lines) {
      if (line.text.trim() === '') continue;
      const document = parseLine(line, limits.maximumDepth);
      if (document === undefined) {
        batch.push({ kind: 'problem', place: { item: ++item, line: line.number }, reason: 'row_damaged' });
        continue;
      }
      const documents: unknown[] = Array.isArray(document.value) ? document.value : [document.value];
      for (const { path, value } of documents.flatMap((value) => findRecords(value, root))) {
        batch.push({ kind: 'record', place: { item: ++item, line: line.number }, path, value });
      }
    }
    if (batch.length > 0) yield batch;
  }
}

function parseLine({ text }: Line, maximumDepth: number): { readonly value: unknown } | undefined {
  if (isDeeper(text, maximumDepth)) {
    throw new FactorportError('source_too_deep', { parameters: { limit: maximumDepth } });
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

async function* readDocuments(
  input: SourceInput,
  root: PathNode,
  limits: JsonLimits,
): AsyncGenerator<readonly JsonRecord[], void, undefined> {
  let batch: JsonRecord[] = [];
  let item = 0;
  const lines = createLineCounter();
  const walk = createJsonWalk(root, limits, {
    lineAt: lines.at,
    found: (path, value, line) => batch.push({ kind: 'record', place: { item: ++item, line }, path, value }),
  });
  const tokenizer = createTokenizer();
  tokenizer.onToken = (token) => takeToken(walk, token);
  const failure = (attempt: () => void, what: LocalText): unknown => {
    try {
      attempt();
    } catch (error) {
      return error instanceof FactorportError ? error : damaged(item, lines.at(walk.lastOffset), what);
    }
  };
  for await (const piece of piecesOf(readText(input))) {
    lines.add(piece);
    const error = failure(() => {
      tokenizer.write(piece);
      reachOffset(walk, lines.end);
    }, NOT_JSON);
    if (batch.length > 0) yield batch;
    batch = [];
    if (error !== undefined) throw error;
  }
  const error = failure(() => {
    tokenizer.end();
    endWalk(walk);
  }, CUT_OFF);
  if (batch.length > 0) yield batch;
  if (error !== undefined) throw error;
}

/** Pieces in which little can be read before a limit is looked at. */
async function* piecesOf(texts: AsyncIterable<string>): AsyncGenerator<Buffer, void, undefined> {
  for await (const text of texts) {
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) yield bytes.subarray(start, start + PIECE_BYTES);
  }
}

/** Counts lines as far as it is asked, in the piece that was added last. */
function createLineCounter() {
  let piece: Uint8Array = new Uint8Array(0);
  let pieceStart = 0;
  let counted = 0;
  let line = 1;
  const countTo = (end: number): number => {
    for (let at = piece.indexOf(LINE_FEED, counted); at >= 0 && at < end; at = piece.indexOf(LINE_FEED, at + 1)) line++;
    counted = Math.max(counted, end);
    return line;
  };
  return {
    add: (next: Uint8Array): void => {
      countTo(piece.length);
      pieceStart += piece.length;
      piece = next;
      counted = 0;
    },
    at: (offset: number): number => countTo(Math.min(Math.max(offset - pieceStart, 0), piece.length)),
    get end() {
      return pieceStart + piece.length;
    },
  };
}

const NOT_JSON: LocalText = { en: 'what follows is not JSON', zh: '其后的内容不是合法的 JSON' };
const CUT_OFF: LocalText = { en: 'the file ends before its JSON does', zh: '文件在 JSON 结束之前就中断了' };

function damaged(item: number, line: number, what: LocalText): FactorportError {
  const place = { en: `record ${item}, line ${line}`, zh: `第 ${item} 条记录（第 ${line} 行）` };
  return new FactorportError('source_damaged', { parameters: { place, what } });
}

/** Whether brackets stand deeper inside each other than the limit, so far as a text that may be no JSON has a depth. */
function isDeeper(text: string, limit: number): boolean {
  if (countUpTo(text, '{', limit) + countUpTo(text, '[', limit) <= limit) return false;
  let depth = 0;
  let isInText = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (isInText && character === '\\') index++;
    else if (character === '"') isInText = !isInText;
    else if (!isInText && (character === '{' || character === '[') && ++depth > limit) return true;
    else if (!isInText && (character === '}' || character === ']')) depth--;
  }
  return false;
}

function countUpTo(text: string, character: string, limit: number): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0 && count <= limit; at = text.indexOf(character, at + 1)) count++;
  return count;
}

/**
 * The tokenizer decodes texts in parts, and its decoder takes U+FEFF at the beginning of a part for a byte order mark and
 * drops it. There is no option against that, so it gets another decoder.
 */
function createTokenizer(): Tokenizer {
  const tokenizer = new Tokenizer({ stringBufferSize: STRING_BUFFER_BYTES });
  const { bufferedString } = tokenizer as unknown as { bufferedString: { decoder: unknown } };
  bufferedString.decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return tokenizer;
}
