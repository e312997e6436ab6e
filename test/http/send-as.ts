import type { Route } from '../../src/http/route.ts';
import { signedHeaders } from '../conformance/support/signing.ts';
import type { Answer, TestKey, TestServer } from '../support/test-server.ts';

/** How a request says who is calling; without one it says nothing. */
export type Credential =
  | { readonly token: string }
  | { readonly signedBy: TestKey; readonly headers?: Readonly<Record<string, string>> }
  | { readonly authorization: string };

type Members = Readonly<Record<string, unknown>>;
type Endpoint = Pick<Route, 'method' | 'path'>;

/** Sends members as the query or the body that the method takes. */
export function sendAs(
  server: TestServer,
  endpoint: Endpoint,
  members: Members,
  credential?: Credential,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { method, path } = endpoint;
  const isGet = method === 'GET';
  const url = isGet ? `${path}?${asQuery(members)}` : path;
  return server.call(method, url, {
    headers: { 'content-type': 'application/json', ...credentialHeaders(endpoint, members, credential), ...headers },
    ...(isGet ? {} : { body: members }),
  });
}

function credentialHeaders({ method, path }: Endpoint, members: Members, credential?: Credential) {
  if (credential === undefined) return {};
  if ('token' in credential) return { authorization: `Bearer ${credential.token}` };
  if ('authorization' in credential) return { authorization: credential.authorization };
  const asSigned = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const parameters = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, asSigned(value)]));
  return signedHeaders(credential.signedBy, { method, path, parameters, headers: credential.headers ?? {} });
}

/** Lists as `name[]=a&name[]=b`. */
function asQuery(members: Members): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    if (Array.isArray(value)) for (const one of value) query.append(`${name}[]`, String(one));
    else query.append(name, String(value));
  }
  return query;
}
