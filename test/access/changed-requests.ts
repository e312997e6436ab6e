import { isDeepStrictEqual } from 'node:util';
import type { SignedRequest } from '../../src/access/signature.ts';
import { type Capture, signatureOf } from './captures.ts';

/** A captured request with one byte of what its signature covers changed, or one byte of the signature. */
export interface ChangedRequest {
  readonly what: string;
  readonly request: SignedRequest;
  readonly authorization: string;
}

export function changedRequests(capture: Capture): ChangedRequest[] {
  const { request, authorization } = capture;
  const same = { authorization };
  return [
    ...Array.from(request.body, (_, index) => index).flatMap((index) =>
      changedBytes(request.body, index).map((body) => ({
        what: `body at ${index}`,
        request: { ...request, body },
        ...same,
      })),
    ),
    ...changedTexts(request.path).map((path) => ({ what: `path ${path}`, request: { ...request, path }, ...same })),
    ...changedTexts(request.query)
      .filter((query) => !isDeepStrictEqual([...new URLSearchParams(query)], [...new URLSearchParams(request.query)]))
      .map((query) => ({ what: `query ${query}`, request: { ...request, query }, ...same })),
    ...changedHeaders(request.headers).map((headers) => ({
      what: `headers ${JSON.stringify(headers)}`,
      request: { ...request, headers },
      ...same,
    })),
    ...changedSignatures(capture).map((changed) => ({ what: changed, request, authorization: changed })),
  ];
}

/** A bit of the byte that keeps most text readable, and the one that turns a letter's case. */
function changedBytes(bytes: Uint8Array, index: number): Uint8Array[] {
  return [0x01, 0x20].map((bits) => {
    const changed = Uint8Array.from(bytes);
    changed[index] = (changed[index] as number) ^ bits;
    return changed;
  });
}

function changedTexts(text: string): string[] {
  return Array.from(text, (_, index) =>
    Buffer.from(changedBytes(Buffer.from(text), index)[0] as Uint8Array).toString(),
  );
}

/** Every signed header with each byte of its name and value changed, left out, and one more beside them. */
function changedHeaders(headers: SignedRequest['headers']): (readonly [string, string])[][] {
  const isCovered = (name: string) => /^(date$|x-authing-)/i.test(name);
  const changed = headers.flatMap(([name, value], position) => {
    if (!isCovered(name)) return [];
    const replaced = (header: readonly [string, string]) => headers.with(position, header);
    return [
      ...changedTexts(value).map((text) => replaced([name, text])),
      ...changedTexts(name).map((text) => replaced([text, value])),
      headers.filter((_, index) => index !== position),
      [...headers, [name, value] as const],
    ];
  });
  return [...changed.map((list) => [...list]), [...headers, ['x-authing-more', ''] as const]];
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The signature with every character replaced by every other one, cut off, and made longer. */
function changedSignatures(capture: Capture): string[] {
  const signature = signatureOf(capture);
  const head = capture.authorization.slice(0, capture.authorization.length - signature.length);
  const texts = Array.from(signature, (character, index) =>
    [...BASE64, '=']
      .filter((other) => other !== character)
      .map((other) => signature.slice(0, index) + other + signature.slice(index + 1)),
  ).flat();
  return [...texts, signature.slice(0, -1), `${signature}=`, `${signature}A`].map((text) => head + text);
}
