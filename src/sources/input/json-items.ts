import { FactorportError } from '../../errors/error.ts';
import type { LocalText } from '../../language.ts';
import type { SourceInput } from '../source.ts';
import { readText } from './text.ts';

/** The text of one element of a list, not yet parsed. */
export interface JsonItem {
  readonly text: string;
  /** In which it begins, from 1. */
  readonly line: number;
}

const MAXIMUM_LENGTH = 1024 * 1024;

/**
 * Reads the elements of a JSON list, which is the document or a member of it, without keeping more than one of them. The
 * elements are only parted here; whether each is proper JSON shows when it is parsed.
 *
 * @param member of the document's object; other members are passed over. Where the document is a list, it is that list
 * @throws `source_damaged` where the text around the elements is no JSON or ends too early, `source_not_this_format` where
 *   there is no such list, `source_item_too_large`
 */
export async function* readJsonItems(
  input: SourceInput,
  member: string,
): AsyncGenerator<readonly JsonItem[], void, undefined> {
  const splitter = createSplitter(member);
  for await (const piece of readText(input)) {
    const items = splitter.write(piece);
    if (items.length > 0) yield items;
  }
  splitter.end();
}

/** What is read next, outside of the values. */
type Expected = 'document' | 'name' | 'colon' | 'value' | 'comma' | 'element' | 'after element' | 'nothing';

interface Value {
  /** Whether it is an element of the list, or the name of a member, and its text is wanted. */
  readonly isKept: boolean;
  readonly line: number;
  parts: string[];
  length: number;
  depth: number;
  inString: boolean;
  isEscaped: boolean;
  readonly isScalar: boolean;
}

function createSplitter(member: string) {
  let expected: Expected = 'document';
  /** Whether the list is inside an object. */
  let isMember = false;
  let found = false;
  let isEmpty = true;
  let name = '';
  let count = 0;
  let line = 1;
  let value: Value | undefined;

  const damaged = (what: LocalText): FactorportError => {
    const place = { en: `item ${count}, line ${line}`, zh: `第 ${count} 项（第 ${line} 行）` };
    return new FactorportError('source_damaged', { parameters: { place, what } });
  };
  const begin = (code: string, isKept: boolean): void => {
    const isScalar = code !== '{' && code !== '[' && code !== '"';
    value = { isKept, line, parts: [], length: 0, depth: 0, inString: false, isEscaped: false, isScalar };
  };
  /** Takes one character that is neither space nor part of a value; @returns whether a value begins with it */
  const step = (code: string): boolean => {
    switch (expected) {
      case 'document':
        isMember = code === '{';
        if (code !== '{' && code !== '[') throw damaged(NOT_JSON);
        expected = isMember ? 'name' : 'element';
        found = !isMember;
        return false;
      case 'name':
        if (code === '}' && isEmpty) expected = 'nothing';
        else if (code !== '"') throw damaged(NOT_JSON);
        else begin(code, true);
        return code === '"';
      case 'colon':
        if (code !== ':') throw damaged(NOT_JSON);
        expected = 'value';
        return false;
      case 'value':
        isEmpty = false;
        if (name === member && code === '[' && !found) {
          found = true;
          isEmpty = true;
          expected = 'element';
          return false;
        }
        if (!STARTS_VALUE.test(code)) throw damaged(NOT_JSON);
        begin(code, false);
        return true;
      case 'comma':
        if (code === ',') expected = 'name';
        else if (code === '}') expected = 'nothing';
        else throw damaged(NOT_JSON);
        return false;
      case 'element':
        if (code === ']' && isEmpty) {
          expected = isMember ? 'comma' : 'nothing';
          return false;
        }
        if (!STARTS_VALUE.test(code)) throw damaged(NOT_JSON);
        isEmpty = false;
        count++;
        begin(code, true);
        return true;
      case 'after element':
        if (code === ',') expected = 'element';
        else if (code === ']') expected = isMember ? 'comma' : 'nothing';
        else throw damaged(NOT_JSON);
        return false;
      default:
        throw damaged(MORE);
    }
  };
  const finish = (items: JsonItem[], ended: Value): void => {
    value = undefined;
    const text = ended.parts.join('');
    if (expected === 'name') {
      name = parseName(text);
      expected = 'colon';
    } else if (expected === 'value') expected = 'comma';
    else {
      items.push({ text, line: ended.line });
      expected = 'after element';
    }
  };
  return {
    write(piece: string): readonly JsonItem[] {
      const items: JsonItem[] = [];
      for (let at = 0; at < piece.length; ) {
        if (value === undefined) {
          SPACE.lastIndex = at;
          const start = SPACE.exec(piece)?.index ?? piece.length;
          line += countLines(piece, at, start);
          at = start;
          if (at < piece.length && !step(piece[at] as string)) at++;
          continue;
        }
        const end = scanValue(piece, at, value);
        if (value.isKept) {
          value.length += (end ?? piece.length) - at;
          if (value.length > MAXIMUM_LENGTH) throw tooLarge(count);
          value.parts.push(piece.slice(at, end));
        }
        line += countLines(piece, at, end ?? piece.length);
        if (end === undefined) break;
        at = end;
        finish(items, value);
      }
      return items;
    },
    end(): void {
      if (expected !== 'nothing') throw damaged(CUT);
      if (!found) throw new FactorportError('source_not_this_format', { parameters: { format: member } });
    },
  };
}

const SPACE = /[^ \t\r\n]/g;
const STARTS_VALUE = /["{[\w-]/;
const STRUCTURE = /["{}[\]]/g;
const STRING_END = /["\\]/g;
const SCALAR_END = /[,\]}\s]/g;

/** @returns where the value ends, or `undefined` where it goes on beyond the piece */
function scanValue(piece: string, from: number, value: Value): number | undefined {
  if (value.isScalar) {
    SCALAR_END.lastIndex = from;
    return SCALAR_END.exec(piece)?.index;
  }
  for (let at = from; at < piece.length; ) {
    if (value.isEscaped) {
      value.isEscaped = false;
      at++;
      continue;
    }
    const pattern = value.inString ? STRING_END : STRUCTURE;
    pattern.lastIndex = at;
    const found = pattern.exec(piece);
    if (found === null) return undefined;
    at = found.index + 1;
    const [character] = found;
    if (character === '\\') value.isEscaped = true;
    else if (character === '"') value.inString = !value.inString;
    else value.depth += character === '{' || character === '[' ? 1 : -1;
    if (!value.inString && !value.isEscaped && value.depth === 0) return at;
  }
  return undefined;
}

function countLines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function parseName(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}

function tooLarge(item: number): FactorportError {
  return new FactorportError('source_item_too_large', { parameters: { item, limitKiB: MAXIMUM_LENGTH / 1024 } });
}

const NOT_JSON = { en: 'the text is no JSON there', zh: '该处不是有效的 JSON' };
const MORE = { en: 'something follows the end of the document', zh: '文档结束后仍有内容' };
const CUT = { en: 'the file ends too early', zh: '文件不完整' };
