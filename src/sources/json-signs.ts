import type { JsonSigns } from './source.ts';

const MAXIMUM_PATHS = 5_000;
const MAXIMUM_VALUES = 5_000;
/** A map from ids to things must not use up the paths before what decides comes. */
const MAXIMUM_MEMBERS = 200;
const MAXIMUM_VALUES_A_PATH = 32;
const MAXIMUM_PATH_DEPTH = 64;
const MAXIMUM_DEPTH = 10_000;
const MAXIMUM_VALUE_LENGTH = 64;
const MAXIMUM_NAME_LENGTH = 128;

export interface JsonSignsReader {
  /** Takes the next piece of the text. */
  write(piece: string): void;
  /** What was seen so far; `undefined` where the text turned out to be no JSON before anything was seen. */
  signs(): JsonSigns;
  /** Grows whenever there is something new to decide by. */
  readonly changes: number;
  /** Whether more of the text can add anything. */
  readonly isOver: boolean;
}

interface Level {
  readonly isList: boolean;
  /** `undefined` inside what there was no room to note. */
  readonly path: string | undefined;
  /** Path of the member or the position that is being read. */
  current: string | undefined;
  expectsName: boolean;
}

/**
 * Collects the signs of a JSON text without keeping it: what its members are called, wherever they stand, and its short
 * texts. It takes what it can of a text that is no proper JSON, since a reader will say where that is damaged.
 */
export function createJsonSignsReader(): JsonSignsReader {
  const seen = createSeen();
  const levels: Level[] = [];
  let documents = 0;
  let isOver = false;
  /** The text inside a string that has not ended, as far as it is wanted; `undefined` outside strings. */
  let open: string | undefined;
  let isEscaped = false;

  /** @returns where the string ends, or the end of the piece */
  const readString = (piece: string, from: number): number => {
    let at = from;
    if (isEscaped && at < piece.length) {
      isEscaped = false;
      at++;
    }
    for (;;) {
      const quote = piece.indexOf('"', at);
      const backslash = piece.indexOf('\\', at);
      if (backslash >= 0 && (quote < 0 || backslash < quote)) {
        at = backslash + 2;
        if (at <= piece.length) continue;
        isEscaped = true;
        return keep(piece, from, piece.length);
      }
      if (quote < 0) return keep(piece, from, piece.length);
      keep(piece, from, quote);
      endString();
      return quote + 1;
    }
  };
  const keep = (piece: string, from: number, to: number): number => {
    const room = MAXIMUM_NAME_LENGTH * 6 - (open as string).length;
    if (room > 0) open += piece.slice(from, Math.min(to, from + room));
    return to;
  };
  const endString = (): void => {
    const text = unescapeText(open as string);
    open = undefined;
    const level = levels.at(-1);
    if (level === undefined) return;
    if (level.expectsName) {
      level.current = level.path === undefined ? undefined : seen.member(level.path, text);
      level.expectsName = false;
    } else if (level.current !== undefined) seen.value(level.current, text);
  };
  const begin = (isList: boolean): void => {
    const parent = levels.at(-1);
    if (parent === undefined) documents++;
    if (levels.length >= MAXIMUM_DEPTH) isOver = true;
    const isNoted = parent === undefined || (parent.current !== undefined && levels.length < MAXIMUM_PATH_DEPTH);
    const path = isNoted ? (parent?.current ?? '') : undefined;
    const current = isList && path !== undefined ? join(path, '*') : path;
    levels.push({ isList, path, current, expectsName: !isList });
  };
  const readStructure = (code: number): void => {
    const level = levels.at(-1);
    if (code === OPEN_BRACE) begin(false);
    else if (code === OPEN_BRACKET) begin(true);
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) levels.pop();
    else if (code === COMMA && level !== undefined) level.expectsName = !level.isList;
  };
  return {
    write(piece) {
      for (let at = 0; at < piece.length && !isOver; ) {
        if (open !== undefined) at = readString(piece, at);
        else {
          const code = piece.charCodeAt(at++);
          if (code === QUOTE) open = '';
          else if (code >= COMMA && STRUCTURE.has(code)) readStructure(code);
        }
      }
    },
    signs: () => seen.signs(documents > 1),
    get changes() {
      return seen.count() + (documents > 1 ? 1 : 0);
    },
    get isOver() {
      return isOver;
    },
  };
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const STRUCTURE: ReadonlySet<number> = new Set([COMMA, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE]);

function createSeen() {
  const paths = new Set<string>();
  const values = new Set<string>();
  const members = new Map<string, number>();
  const valuesOf = new Map<string, number>();
  return {
    count: () => paths.size + values.size,
    /** @returns the member's path; `undefined` where there is no room to note it */
    member(parent: string, name: string): string | undefined {
      const path = join(parent, name.slice(0, MAXIMUM_NAME_LENGTH));
      if (paths.has(path)) return path;
      const count = members.get(parent) ?? 0;
      if (paths.size >= MAXIMUM_PATHS || count >= MAXIMUM_MEMBERS) return undefined;
      members.set(parent, count + 1);
      paths.add(path);
      return path;
    },
    value(path: string, text: string): void {
      if (text.length > MAXIMUM_VALUE_LENGTH || values.size >= MAXIMUM_VALUES) return;
      const count = valuesOf.get(path) ?? 0;
      if (count >= MAXIMUM_VALUES_A_PATH || (count === 0 && valuesOf.size >= MAXIMUM_PATHS)) return;
      const value = `${path}=${text}`;
      if (values.has(value)) return;
      valuesOf.set(path, count + 1);
      values.add(value);
    },
    signs(isLines: boolean): JsonSigns {
      if (!isLines) return { paths, values, isLines };
      return { paths: underList(paths), values: underList(values), isLines };
    },
  };
}

function underList(texts: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...texts].map((text) => join('*', text)));
}

function join(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

function unescapeText(text: string): string {
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}
