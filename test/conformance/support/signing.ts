import { createHmac, randomUUID } from 'node:crypto';
import type { TestKey } from '../../support/test-server.ts';

export interface ToSign {
  readonly method?: string;
  readonly path: string;
  /** Parameters in the form in which the client signs them. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Replaces or, with `undefined`, removes headers before signing. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Headers of a signed request, by the rule of the wire contract and without code of the service. */
export function signedHeaders(key: TestKey, request: ToSign): Record<string, string> {
  const { method = 'POST', path, parameters = {} } = request;
  const headers = definedOnly({
    date: new Date().toUTCString(),
    'x-authing-signature-nonce': randomUUID(),
    'x-authing-signature-method': 'HMAC-SHA1',
    'x-authing-signature-version': '1.0',
    ...request.headers,
  });
  const names = Object.keys(headers)
    .filter((name) => name === 'date' || name.startsWith('x-authing-'))
    .sort();
  const head = names.map((name) => `${name}:${headers[name]?.trim()}\n`).join('');
  const pairs = Object.keys(parameters)
    .sort()
    .map((name) => `${name}=${parameters[name]}`);
  const text = `${method}\n${head}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
  const signature = createHmac('sha1', key.secret).update(text).digest('base64');
  return { ...headers, authorization: `authing ${key.key.accessKeyId}:${signature}` };
}

function definedOnly(headers: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
