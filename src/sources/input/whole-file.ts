import { FactorportError } from '../../errors/error.ts';
import type { SourceInput } from '../source.ts';
import { readText } from './text.ts';

/** One person's accounts are some kilobytes; this is room for a password manager's vault. */
const MAXIMUM_MEBIBYTES = 64;
const MAXIMUM_BYTES = MAXIMUM_MEBIBYTES * 1024 * 1024;
const MAXIMUM_DEPTH = 64;
/** Objects and lists, each of which costs some 50 bytes of memory though it may be two characters long. */
const MAXIMUM_OBJECTS = 500_000;

/** Member names that change an object's prototype where objects are merged, however they are escaped. */
const FORBIDDEN_MEMBER =
  /"(?:_|\\u005f)(?:_|\\u005f)(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006f)(?:t|\\u0074)(?:o|\\u006f)(?:_|\\u005f)(?:_|\\u005f)"\s*:/i;

/**
 * The bytes of a file that cannot be read in parts, because it is sealed as a whole.
 *
 * @throws `source_empty`, `source_too_large`
 */
export async function readWholeBytes(input: SourceInput): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input.open()) {
    length += chunk.length;
    if (length > MAXIMUM_BYTES) throw tooLarge();
    // A copy: the chunk's memory may be used again by whoever reads the file.
    chunks.push(Buffer.from(chunk));
  }
  if (length === 0) throw new FactorportError('source_empty');
  return Buffer.concat(chunks, length);
}

/**
 * The text of one person's file.
 *
 * @throws `source_empty`, `source_too_large`, `source_damaged` where it is no text
 */
export async function readWholeText(input: SourceInput): Promise<string> {
  const parts: string[] = [];
  let length = 0;
  for await (const part of readText(input)) {
    length += part.length;
    if (length > MAXIMUM_BYTES) throw tooLarge();
    parts.push(part);
  }
  const text = parts.join('');
  if (text.trim() === '') throw new FactorportError('source_empty');
  return text;
}

/**
 * Reads JSON that is all in memory. What the file says is never merged into another object, and a member that could change
 * one is refused all the same.
 *
 * @throws `source_too_deep`, `source_too_large`, `source_damaged`; never with the parser's message, which quotes the file
 */
export function parseWholeJson(text: string): unknown {
  const { depth, objects } = measure(text);
  if (depth > MAXIMUM_DEPTH) throw new FactorportError('source_too_deep', { parameters: { limit: MAXIMUM_DEPTH } });
  if (objects > MAXIMUM_OBJECTS) {
    const limit = { en: `${MAXIMUM_OBJECTS} objects`, zh: `${MAXIMUM_OBJECTS} 个对象` };
    throw new FactorportError('source_too_large', { parameters: { limit } });
  }
  if (FORBIDDEN_MEMBER.test(text)) throw notJson();
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}

/** How deep brackets are nested outside of texts, and how many there are. */
function measure(text: string): { readonly depth: number; readonly objects: number } {
  let objects = 0;
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfText(text, index);
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      objects++;
      deepest = Math.max(deepest, ++depth);
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--;
  }
  return { depth: deepest, objects };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where the text that begins at a quotation mark ends. */
function endOfText(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) index++;
    else if (code === QUOTE) return index;
  }
  return text.length;
}

function notJson(): FactorportError {
  return new FactorportError('source_damaged', {
    parameters: {
      place: { en: 'its beginning', zh: '开头' },
      what: { en: 'it is not JSON, or not all of it is there', zh: '不是 JSON，或内容不完整' },
    },
  });
}

function tooLarge(): FactorportError {
  return new FactorportError('source_too_large', { parameters: { limit: `${MAXIMUM_MEBIBYTES} MiB` } });
}
