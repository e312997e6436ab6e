import type { JsonSigns } from './source.ts';

/** More than the settings of a realm or the models of a project have, since what decides may stand behind them. */
const MAXIMUM_PATHS = 20_000;
const MAXIMUM_VALUES = 20_000;
/** A map from ids to things must not use up the paths before what decides comes. */
const MAXIMUM_MEMBERS = 1_000;
const MAXIMUM_VALUES_A_PATH = 256;
/** In characters. */
const MAXIMUM_PATH_LENGTH = 512;
const MAXIMUM_PATH_DEPTH = 64;
const MAXIMUM_DEPTH = 10_000;
const MAXIMUM_VALUE_LENGTH = 64;
const MAXIMUM_NAME_LENGTH = 128;
/** Each character may be written as six: `\u0041`. */
const MAXIMUM_KEPT_LENGTH = MAXIMUM_NAME_LENGTH * 6;

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
  const levels = createLevels(seen);
  const text = createTextReader();
  return {
    write(piece) {
      for (let at = 0; at < piece.length && !levels.isTooDeep(); ) {
        if (text.isOpen()) {
          at = text.read(piece, at);
          if (!text.isOpen()) levels.addText(text.take());
        } else {
          const code = piece.charCodeAt(at++);
          if (code === QUOTE) text.open();
          else if (code >= COMMA && STRUCTURE.has(code)) levels.addStructure(code);
        }
      }
    },
    signs: () => seen.signs(levels.documents() > 1),
    get changes() {
      return seen.count() + (levels.documents() > 1 ? 1 : 0);
    },
    get isOver() {
      return levels.isTooDeep();
    },
  };
}

/** Follows objects and lists into each other, and notes what their members are called and hold. */
function createLevels(seen: Seen) {
  const levels: Level[] = [];
  let documents = 0;
  let isTooDeep = false;
  const begin = (isList: boolean): void => {
    const parent = levels.at(-1);
    if (parent === undefined) documents++;
    if (levels.length >= MAXIMUM_DEPTH) isTooDeep = true;
    const isNoted = parent === undefined || (parent.current !== undefined && levels.length < MAXIMUM_PATH_DEPTH);
    const path = isNoted ? (parent?.current ?? '') : undefined;
    const current = isList && path !== undefined ? join(path, '*') : path;
    levels.push({ isList, path, current, expectsName: !isList });
  };
  return {
    documents: () => documents,
    isTooDeep: () => isTooDeep,
    addText(text: string): void {
      const level = levels.at(-1);
      if (level?.expectsName === true) {
        level.current = level.path === undefined ? undefined : seen.member(level.path, text);
        level.expectsName = false;
      } else if (level?.current !== undefined) seen.value(level.current, text);
    },
    addStructure(code: number): void {
      const level = levels.at(-1);
      if (code === OPEN_BRACE) begin(false);
      else if (code === OPEN_BRACKET) begin(true);
      else if (code === COMMA) {
        if (level !== undefined) level.expectsName = !level.isList;
      } else levels.pop();
    },
  };
}

/** Reads a text to its closing quote, keeping no more of it than is wanted. */
function createTextReader() {
  let isOpen = false;
  let isEscaped = false;
  let kept = '';
  const keep = (piece: string, from: number, to: number): void => {
    const room = MAXIMUM_KEPT_LENGTH - kept.length;
    if (room > 0) kept += piece.slice(from, Math.min(to, from + room));
  };
  return {
    isOpen: () => isOpen,
    open(): void {
      isOpen = true;
      kept = '';
    },
    take: () => unescapeText(kept),
    /** @returns where to go on: behind the closing quote, or at the end of the piece */
    read(piece: string, from: number): number {
      let at = isEscaped ? from + 1 : from;
      let quote = piece.indexOf('"', at);
      for (;;) {
        // Looked for again only where the last one was escaped, so that many backslashes do not cost their square.
        if (quote >= 0 && quote < at) quote = piece.indexOf('"', at);
        const end = quote < 0 ? piece.length : quote;
        const backslash = piece.slice(at, end).indexOf('\\');
        if (backslash < 0) break;
        at += backslash + 2;
      }
      if (quote >= 0) {
        keep(piece, from, quote);
        isOpen = false;
        isEscaped = false;
        return quote + 1;
      }
      isEscaped = at > piece.length;
      keep(piece, from, piece.length);
      return piece.length;
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

type Seen = ReturnType<typeof createSeen>;

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
      if (paths.size >= MAXIMUM_PATHS || count >= MAXIMUM_MEMBERS || path.length > MAXIMUM_PATH_LENGTH)
        return undefined;
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
