import { isUtf8 } from 'node:buffer';
import sjson from 'secure-json-parse';
import { type JsonMember, scanJsonMembers } from '../access/json-members.ts';
import { FactorportError } from '../errors/error.ts';

/** Deeper than any document that means something; a stack would overflow at some thousands. */
const MAXIMUM_DEPTH = 64;
/** Of a document; no user has so many. */
const MAXIMUM_MEMBERS = 1000;
/** An item to import is an object with an object, perhaps with a list. */
const CONTAINERS_AN_ITEM = 4;
const MAXIMUM_OTHER_CONTAINERS = 100_000;

/** Whether the headers announce a body of JSON in UTF-8, uncompressed. */
export function isJsonContent(contentType: string | undefined, contentEncoding: string | undefined): boolean {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') return false;
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (type !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(type)) return false;
  return parameters.every((parameter) => !parameter.startsWith('charset=') || /^charset="?utf-?8"?$/.test(parameter));
}

/** The longest list that a body may hold, and the setting that says so. */
export interface ListLimit {
  readonly items: number;
  readonly setting: string;
}

/**
 * Looks at a body before anything is built from it, so that a caller who cannot prove who it is costs little, and a
 * few MiB of brackets do not cost seconds and gigabytes.
 *
 * @returns where the top-level members stand, which is what a signature covers
 * @throws `body_not_utf8`, `body_not_json`, `body_too_deep`, `body_too_many_members`, `body_duplicate_member`,
 *   `list_too_long`
 */
export function inspectBody(bytes: Buffer, listLimit?: ListLimit): readonly JsonMember[] {
  if (!isUtf8(bytes)) throw new FactorportError('body_not_utf8');
  const members = readShape(bytes, listLimit);
  if (new Set(members.map((member) => member.name)).size < members.length) {
    throw new FactorportError('body_duplicate_member');
  }
  return members;
}

/**
 * Builds the object from a body that {@link inspectBody} has let pass.
 *
 * @throws `body_not_json`, `body_forbidden_member`
 */
export function parseBody(bytes: Buffer): Record<string, unknown> {
  const text = bytes.toString('utf8');
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new FactorportError('body_not_json');
  refuseForbiddenMembers(text);
  return value as Record<string, unknown>;
}

function readShape(bytes: Buffer, listLimit: ListLimit | undefined): readonly JsonMember[] {
  const maximumContainers = CONTAINERS_AN_ITEM * (listLimit?.items ?? 0) + MAXIMUM_OTHER_CONTAINERS;
  const { members, depth, containers } = scanMembers(bytes, maximumContainers);
  if (depth > MAXIMUM_DEPTH) throw new FactorportError('body_too_deep', { parameters: { limit: MAXIMUM_DEPTH } });
  if (members.length > MAXIMUM_MEMBERS) {
    throw new FactorportError('body_too_many_members', { parameters: { limit: MAXIMUM_MEMBERS } });
  }
  if (containers > maximumContainers) {
    throw new FactorportError('body_too_many_containers', { parameters: { limit: maximumContainers } });
  }
  const count = Math.max(0, ...members.map((member) => member.commas)) + 1;
  if (listLimit !== undefined && count > listLimit.items) {
    const parameters = { count, limit: listLimit.items, setting: listLimit.setting };
    throw new FactorportError('list_too_long', { parameters });
  }
  return members;
}

function scanMembers(bytes: Buffer, containers: number) {
  try {
    return scanJsonMembers(bytes, { depth: MAXIMUM_DEPTH, members: MAXIMUM_MEMBERS, containers });
  } catch {
    throw new FactorportError('body_not_json');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The cause would quote the text, secrets and all.
    throw new FactorportError('body_not_json');
  }
}

/** Whether a text could name one of the members at all, escaped or not; the real check builds the value once more. */
const SUSPICIOUS = /__proto__|constructor|\\u00(?:5f|6[0-9a-f]|7[0-9a-f])/i;

function refuseForbiddenMembers(text: string): void {
  if (!SUSPICIOUS.test(text)) return;
  try {
    sjson.parse(text, { protoAction: 'error', constructorAction: 'error' });
  } catch {
    throw new FactorportError('body_forbidden_member');
  }
}
