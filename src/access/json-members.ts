/** A top-level member of a JSON object, as it stands in the text. */
export interface JsonMember {
  readonly name: string;
  /** Byte offsets of the value in the text, without white space around it. */
  readonly start: number;
  readonly end: number;
  readonly isString: boolean;
  /** How many commas stand directly in the value: one less than the items of a list. */
  readonly commas: number;
}

export interface JsonShape {
  readonly members: readonly JsonMember[];
  /** How many objects and arrays lie inside each other at the deepest place; 1 for a flat object. */
  readonly depth: number;
  /** How many objects and arrays there are. */
  readonly containers: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/** Where to stop looking: the shape is then that of the part seen so far. */
export interface ScanLimits {
  readonly depth: number;
  readonly members: number;
  readonly containers: number;
}

const WITHOUT = Number.POSITIVE_INFINITY;
const NO_LIMITS: ScanLimits = { depth: WITHOUT, members: WITHOUT, containers: WITHOUT };

/**
 * Finds the top-level members of a JSON object without building it. A signature covers each member's own bytes, and
 * writing a parsed value again does not give them back (`1.0`, `\u2028`).
 *
 * @param text a JSON object in UTF-8; what is found in a text that is none means nothing, but harms nothing
 * @throws SyntaxError where the name of a member is not a JSON string
 */
export function scanJsonMembers(text: Uint8Array, limits: ScanLimits = NO_LIMITS): JsonShape {
  const members: JsonMember[] = [];
  let depth = 0;
  let deepest = 0;
  let containers = 0;
  let name: string | undefined;
  let lastString: { start: number; end: number } | undefined;
  let valueStart = 0;
  let commas = 0;

  const closeMember = (end: number) => {
    if (name === undefined) return;
    const start = skipSpace(text, valueStart);
    members.push({ name, start, end: trimSpace(text, end), isString: text[start] === QUOTE, commas });
    name = undefined;
  };

  for (let index = 0; index < text.length; index++) {
    const byte = text[index];
    if (byte === QUOTE) {
      const end = endOfString(text, index);
      if (depth === 1) lastString = { start: index, end };
      index = end - 1;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth++;
      if (depth > deepest) deepest = depth;
      containers++;
      if (depth > limits.depth || containers > limits.containers) break;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
      if (depth === 0) closeMember(index);
    } else if (depth === 2 && byte === COMMA) commas++;
    else if (depth === 1 && byte === COMMA) {
      closeMember(index);
      if (members.length > limits.members) break;
    } else if (depth === 1 && byte === COLON && lastString !== undefined) {
      name = decodeJsonString(text, lastString.start, lastString.end);
      valueStart = index + 1;
      commas = 0;
    }
  }
  return { members, depth: deepest, containers };
}

/** The value of a JSON string that stands between two offsets, quotes included. */
export function decodeJsonString(text: Uint8Array, start: number, end: number): string {
  return JSON.parse(Buffer.from(text.buffer, text.byteOffset + start, end - start).toString('utf8')) as string;
}

function endOfString(text: Uint8Array, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== QUOTE) index += text[index] === BACKSLASH ? 2 : 1;
  return index + 1;
}

function skipSpace(text: Uint8Array, start: number): number {
  let index = start;
  while (isSpace(text[index])) index++;
  return index;
}

function trimSpace(text: Uint8Array, end: number): number {
  let index = end;
  while (isSpace(text[index - 1])) index--;
  return index;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
