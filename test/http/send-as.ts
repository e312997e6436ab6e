import { pathParameters } from '../../src/http/parameters.ts';
import type { Route } from '../../src/http/route.ts';
import { signedHeaders } from '../conformance/support/signing.ts';
import type { Answer, TestKey, TestServer } from '../support/test-server.ts';
import { UPLOADED } from './jobs-of-pool.ts';

/** How a request says who is calling; without one it says nothing. */
export type Credential =
  | { readonly token: string }
  | { readonly signedBy: TestKey; readonly headers?: Readonly<Record<string, string>> }
  | { readonly authorization: string };

type Members = Readonly<Record<string, unknown>>;
type Endpoint = Pick<Route, 'method' | 'path'> & { readonly isUpload?: boolean };

/** Sends members in the path, and the others as the query or the body that the method takes; with an upload, a file. */
export function sendAs(
  server: TestServer,
  endpoint: Endpoint,
  members: Members,
  credential?: Credential,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { method, isUpload } = endpoint;
  const { path, rest } = fillPath(endpoint.path, members);
  const hasQuery = method === 'GET' || isUpload;
  const url = hasQuery ? `${path}?${asQuery(rest)}` : path;
  const proof = credentialHeaders({ method, path }, rest, credential);
  return server.call(method, url, {
    headers: { 'content-type': isUpload ? 'application/x-ndjson' : 'application/json', ...proof, ...headers },
    ...(method === 'GET' ? {} : { body: isUpload ? UPLOADED : rest }),
  });
}

function fillPath(path: string, members: Members): { path: string; rest: Members } {
  const names = pathParameters(path);
  const filled = names.reduce(
    (text, name) => text.replace(`:${name}`, encodeURIComponent(String(members[name]))),
    path,
  );
  return { path: filled, rest: Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name))) };
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
