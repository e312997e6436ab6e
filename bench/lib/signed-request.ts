import { createHmac, randomUUID } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Signs a POST as the SDKs do: HMAC-SHA1 over method, signed headers, path and the body's top-level members, each as
 * its JSON text.
 */
export function signPost(path: string, members: Readonly<Record<string, unknown>>, key: Credentials): SignedRequest {
  const texts = Object.entries(members).map(([name, value]) => [name, JSON.stringify(value)] as const);
  const signedHeaders = {
    'x-authing-date': String(Date.now()),
    'x-authing-signature-method': 'HMAC-SHA1',
    'x-authing-signature-nonce': randomUUID(),
    'x-authing-signature-version': '1.0',
  };
  const headerLines = Object.entries(signedHeaders).map(([name, value]) => `${name}:${value}\n`);
  const parameters = [...texts].sort(([left], [right]) => (left < right ? -1 : 1));
  const query = parameters.map(([name, text]) => `${name}=${text}`).join('&');
  const signature = createHmac('sha1', key.accessKeySecret)
    .update(`POST\n${headerLines.join('')}${path}?${query}`)
    .digest('base64');
  return {
    headers: {
      ...signedHeaders,
      authorization: `authing ${key.accessKeyId}:${signature}`,
      'content-type': 'application/json',
    },
    body: `{${texts.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`,
  };
}
