import { TokenType } from '@streamparser/json';
import { FactorportError } from '../../errors/error.ts';
import { descend, type PathNode } from './json-path.ts';

export interface JsonLimits {
  /** Of a record, and of any name, text or gap between them. */
  readonly maximumBytes: number;
  readonly maximumDepth: number;
}

export interface JsonToken {
  readonly token: TokenType;
  readonly value: string | number | boolean | null;
  /** Of its first byte, from the beginning of the file. */
  readonly offset: number;
}

export interface JsonWalkEvents {
  /** Is called with each record when it ends; `line` is the one in which it began. */
  readonly found: (path: string, value: unknown, line: number) => void;
  /** Line of an offset, asked for when a record begins there. */
  readonly lineAt: (offset: number) => number;
}

/** How far the tokens of a file have been followed. */
export interface JsonWalk {
  /** Of a document: the file's only value, each of several, or each element of the list that a value is. */
  readonly root: PathNode;
  readonly limits: JsonLimits;
  readonly events: JsonWalkEvents;
  /** The lists and objects that have begun and not ended. */
  readonly frames: Frame[];
  record: OpenRecord | undefined;
  recordCount: number;
  expected: 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end';
  /** Of the last token. */
  lastOffset: number;
}

/** A token that JSON does not allow where it stands. */
export class UnexpectedToken extends Error {}

interface Frame {
  readonly isList: boolean;
  readonly node: PathNode | undefined;
  /** Set inside a record. */
  value: unknown[] | Record<string, unknown> | undefined;
  name: string;
}

interface OpenRecord {
  readonly path: string;
  readonly depth: number;
  readonly offset: number;
  readonly line: number;
  /** Whether another record may stand inside, whereupon this one is none. */
  readonly isTentative: boolean;
  isTooLarge: boolean;
}

/**
 * Begins a walk. It keeps in memory what is inside a record and nothing else; where records can stand inside each other,
 * the innermost ones are taken.
 */
export function createJsonWalk(root: PathNode, limits: JsonLimits, events: JsonWalkEvents): JsonWalk {
  return { root, limits, events, frames: [], record: undefined, recordCount: 0, expected: 'value', lastOffset: 0 };
}

/** @throws `source_item_too_large`, `source_too_deep`; {@link UnexpectedToken} */
export function takeToken(walk: JsonWalk, { token, value, offset }: JsonToken): void {
  checkSize(walk, offset);
  const { expected } = walk;
  switch (token) {
    case TokenType.LEFT_BRACE:
    case TokenType.LEFT_BRACKET:
      ensure(expected === 'value' || expected === 'value or end');
      open(walk, token === TokenType.LEFT_BRACKET, offset);
      break;
    case TokenType.RIGHT_BRACE:
      ensure(expected === 'name or end' || expected === 'comma or end');
      close(walk, false);
      break;
    case TokenType.RIGHT_BRACKET:
      ensure(expected === 'value or end' || expected === 'comma or end');
      close(walk, true);
      break;
    case TokenType.COLON:
      ensure(expected === 'colon');
      walk.expected = 'value';
      break;
    case TokenType.COMMA:
      ensure(expected === 'comma or end');
      walk.expected = walk.frames.at(-1)?.isList === true ? 'value' : 'name';
      break;
    default:
      if (expected === 'value' || expected === 'value or end') takeScalar(walk, value, offset);
      else takeName(walk, token, value);
  }
}

/**
 * Says how far the file has come, so that a text without an end is not waited for.
 *
 * @throws `source_item_too_large`
 */
export function reachOffset(walk: JsonWalk, offset: number): void {
  if (offset - walk.lastOffset > walk.limits.maximumBytes) throw tooLarge(walk);
}

/** Says that there is no more. @throws {@link UnexpectedToken} inside a document */
export function endWalk({ frames }: JsonWalk): void {
  ensure(frames.length === 0);
}

function ensure(isAllowed: boolean): void {
  if (!isAllowed) throw new UnexpectedToken();
}

function open(walk: JsonWalk, isList: boolean, offset: number): void {
  const { frames, limits } = walk;
  if (frames.length >= limits.maximumDepth) {
    throw new FactorportError('source_too_deep', { parameters: { limit: limits.maximumDepth } });
  }
  const node = nextNode(walk);
  const isListOfDocuments = frames.length === 0 && isList;
  if (node?.path !== undefined && !isListOfDocuments) beginRecord(walk, node, offset);
  const isKept = walk.record !== undefined && !walk.record.isTooLarge;
  const value = isKept ? (isList ? [] : {}) : undefined;
  addValue(frames.at(-1), value);
  frames.push({ isList, node, value, name: '' });
  walk.expected = isList ? 'value or end' : 'name or end';
}

function close(walk: JsonWalk, isList: boolean): void {
  const frame = walk.frames.pop();
  ensure(frame?.isList === isList);
  endRecord(walk, frame?.value);
  walk.expected = walk.frames.length === 0 ? 'value' : 'comma or end';
}

function takeScalar(walk: JsonWalk, value: unknown, offset: number): void {
  const node = nextNode(walk);
  if (node?.path !== undefined) {
    beginRecord(walk, node, offset);
    endRecord(walk, value);
  } else addValue(walk.frames.at(-1), value);
  walk.expected = walk.frames.length === 0 ? 'value' : 'comma or end';
}

function takeName(walk: JsonWalk, token: TokenType, value: unknown): void {
  ensure(token === TokenType.STRING && (walk.expected === 'name' || walk.expected === 'name or end'));
  (walk.frames.at(-1) as Frame).name = value as string;
  walk.expected = 'colon';
}

function nextNode({ frames, root }: JsonWalk): PathNode | undefined {
  const parent = frames.at(-1);
  if (parent === undefined || (frames.length === 1 && parent.isList)) return root;
  return descend(parent.node, parent.isList ? '*' : parent.name);
}

function beginRecord(walk: JsonWalk, node: PathNode, offset: number): void {
  if (walk.record !== undefined) forgetValues(walk);
  walk.record = {
    path: node.path as string,
    depth: walk.frames.length,
    offset,
    line: walk.events.lineAt(offset),
    isTentative: node.members.size > 0,
    isTooLarge: false,
  };
}

function endRecord(walk: JsonWalk, value: unknown): void {
  const { record } = walk;
  if (record?.depth !== walk.frames.length) return;
  if (record.isTooLarge) throw tooLarge(walk);
  walk.record = undefined;
  walk.recordCount++;
  walk.events.found(record.path, value, record.line);
}

function checkSize(walk: JsonWalk, offset: number): void {
  reachOffset(walk, offset);
  walk.lastOffset = offset;
  const { record } = walk;
  if (record === undefined || record.isTooLarge || offset - record.offset < walk.limits.maximumBytes) return;
  if (!record.isTentative) throw tooLarge(walk);
  record.isTooLarge = true;
  forgetValues(walk);
}

function addValue(parent: Frame | undefined, value: unknown): void {
  const container = parent?.value;
  if (parent === undefined || container === undefined) return;
  if (Array.isArray(container)) container.push(value);
  // Assigning it would change the prototype.
  else if (parent.name === '__proto__') {
    Object.defineProperty(container, parent.name, { value, enumerable: true, configurable: true, writable: true });
  } else container[parent.name] = value;
}

function forgetValues({ frames }: JsonWalk): void {
  for (const frame of frames) frame.value = undefined;
}

function tooLarge({ recordCount, limits }: JsonWalk): FactorportError {
  return new FactorportError('source_item_too_large', {
    parameters: { item: recordCount + 1, limitKiB: Math.floor(limits.maximumBytes / 1024) },
  });
}
