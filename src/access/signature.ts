import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeJsonString, type JsonMember, scanJsonMembers } from './json-members.ts';

/** A request as it arrived, before anything was interpreted. */
export interface SignedRequest {
  readonly method: string;
  /** Path without host and query. */
  readonly path: string;
  /** The query as it stands after `?`; empty where there is none. */
  readonly query: string;
  /** Names and values as received. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body's bytes; empty where there is none. */
  readonly body: Uint8Array;
  /** The body's top-level members, where they have been looked for already. */
  readonly members?: readonly JsonMember[] | undefined;
  /** Query parameters of the endpoint that are lists. */
  readonly listParameters?: readonly string[];
}

/** A parameter with the ways in which clients are known to write it into the text they sign. */
interface Parameter {
  readonly name: string;
  readonly plain: Uint8Array | string;
  /** The same between quotation marks, for a string. */
  readonly quoted?: Uint8Array | string;
  readonly looksLikeDate: boolean;
}

/** Each of so many texts that look like dates may have been a text or a date; more than that no document has. */
const MAXIMUM_DATES = 4;
/** Each reading costs a pass over the body; no document with dates is larger. */
const MAXIMUM_BODY_WITH_DATES = 1024 * 1024;
const DATE_LIKE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/**
 * Tells whether a signature is that of a request: base64 of HMAC-SHA1 over method, signed headers, path and parameters.
 *
 * The SDKs differ in how they write strings that look like dates (C# and Node sign them with their quotation marks),
 * and in whether a `?` stands behind a path without parameters, so each of those readings is tried. What the
 * signature leaves open (it encodes nothing, so `a=1&b=2` may be one member or two) is so by the API and the same in
 * every reading.
 */
export function verifySignature(request: SignedRequest, secret: string, signature: string): boolean {
  // As text: base64 has several spellings of the same bytes, and each would count as a signature not seen before.
  const expected = Buffer.from(signature);
  const head = `${request.method.toUpperCase()}\n${canonicalHeaders(request.headers)}${request.path}`;
  return readings(request).some((parameters) => {
    const hmac = createHmac('sha1', secret).update(head);
    for (const part of parameters) hmac.update(part);
    const actual = Buffer.from(hmac.digest('base64'));
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  });
}

/** `date` and every `x-authing-` header, sorted, one a line. */
function canonicalHeaders(headers: SignedRequest['headers']): string {
  const signed = headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name === 'date' || name.startsWith('x-authing-'))
    .sort(([left], [right]) => compare(left, right));
  return signed.map(([name, value]) => `${name}:${canonicalValue(value)}\n`).join('');
}

/** A header's value as the signature covers it: spellings that differ only in white space are one. */
export function canonicalValue(value: string): string {
  return value.replace(/[\t\n\r\f]/g, ' ').trim();
}

/** The texts that may follow the path, each as a list of pieces. */
function readings(request: SignedRequest): (Uint8Array | string)[][] {
  if (request.body.length > 0) return readingsOf(request, bodyParameters(request));
  const { query, listParameters = [] } = request;
  const asSent = readingsOf(request, queryParameters(query, []));
  // An empty list is signed but cannot be sent in a query.
  return listParameters.length === 0
    ? asSent
    : [...asSent, ...readingsOf(request, queryParameters(query, listParameters))];
}

function readingsOf(request: SignedRequest, parameters: Parameter[]): (Uint8Array | string)[][] {
  if (parameters.length === 0) return [[], ['?']];
  parameters.sort((left, right) => compare(left.name, right.name));
  const isSmall = request.body.length <= MAXIMUM_BODY_WITH_DATES;
  const dates = isSmall ? parameters.filter((parameter) => parameter.looksLikeDate).slice(0, MAXIMUM_DATES) : [];
  const result = Array.from({ length: 2 ** dates.length }, (_, choice) =>
    join(parameters, (parameter) => ((choice >> dates.indexOf(parameter)) & 1) === 1 && dates.includes(parameter)),
  );
  if (parameters.some((parameter) => parameter.quoted !== undefined)) result.push(join(parameters, () => true));
  return result;
}

function join(parameters: readonly Parameter[], quote: (parameter: Parameter) => boolean): (Uint8Array | string)[] {
  return parameters.flatMap((parameter, index) => [
    `${index === 0 ? '?' : '&'}${parameter.name}=`,
    quote(parameter) ? (parameter.quoted ?? parameter.plain) : parameter.plain,
  ]);
}

function bodyParameters({ body, members = scanJsonMembers(body).members }: SignedRequest): Parameter[] {
  return members.map((member) => bodyParameter(body, member));
}

function bodyParameter(body: Uint8Array, { name, start, end, isString }: JsonMember): Parameter {
  const raw = body.subarray(start, end);
  if (!isString) return { name, plain: raw, looksLikeDate: false };
  const text = decodeJsonString(body, start, end);
  return { name, plain: text, quoted: raw, looksLikeDate: DATE_LIKE.test(text) };
}

/** Clients write an array as `name[]=a&name[]=b`, or repeat the name, and sign it as JSON. */
function queryParameters(query: string, emptyLists: readonly string[]): Parameter[] {
  const values = new Map<string, { list: string[]; isArray: boolean }>();
  for (const [key, value] of new URLSearchParams(query)) {
    const name = key.replace(/\[\d*\]$/, '');
    const entry = values.get(name) ?? { list: [], isArray: false };
    entry.list.push(value);
    entry.isArray ||= name !== key || entry.list.length > 1;
    values.set(name, entry);
  }
  for (const name of emptyLists) if (!values.has(name)) values.set(name, { list: [], isArray: true });
  return [...values].map(([name, { list, isArray }]) => {
    if (isArray) return { name, plain: JSON.stringify(list), looksLikeDate: false };
    const text = list[0] as string;
    return { name, plain: text, quoted: JSON.stringify(text), looksLikeDate: DATE_LIKE.test(text) };
  });
}

/** By UTF-16 code units, as JavaScript and C# (ordinal) sort. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
