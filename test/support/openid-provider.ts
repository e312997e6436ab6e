import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';
import { plant } from './planted.ts';

/** What is wanted of a token beside whom it is for. */
export interface TokenWishes {
  readonly audience?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A real OpenID provider on this machine, in which users log in without a page. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  /** By how many requests its keys were read. */
  readonly keyReads: number;
  /** A JWT access token (RFC 9068) from the token endpoint. */
  accessToken(account: string, wishes?: TokenWishes): Promise<string>;
  idToken(account: string): Promise<string>;
  publicKeys(): Promise<JWK[]>;
  /** Signs with a new key from now on, and no longer tells of the old one. */
  rotateKeys(): Promise<void>;
  /** Answers nothing any more, until {@link TestProvider.start}. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export const AUDIENCE = 'urn:example:factorport';
const LOGIN_GRANT = 'urn:example:login';
const CLIENT = { client_id: 'app', client_secret: 'not a secret, but it has to be a long one' };

export async function startOpenIdProvider(): Promise<TestProvider> {
  let keyReads = 0;
  let serve: RequestListener = () => undefined;
  const listener: RequestListener = (request, response) => {
    if (request.url?.startsWith('/jwks')) keyReads++;
    serve(request, response);
  };
  let server = createServer(listener);
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const renew = async () => {
    serve = (await createProvider(issuer)).callback();
  };
  await renew();

  async function request(account: string, { audience = AUDIENCE, claims = {} }: TokenWishes = {}) {
    const body = new URLSearchParams({
      ...CLIENT,
      ...{ grant_type: LOGIN_GRANT, account, resource: audience, extra: JSON.stringify(claims) },
    });
    const response = await fetch(`${issuer}/token`, { method: 'POST', body });
    const tokens = (await response.json()) as { access_token: string; id_token: string };
    if (!response.ok) throw new Error(JSON.stringify(tokens));
    plant(tokens.access_token);
    return tokens;
  }

  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    issuer,
    get keyReads() {
      return keyReads;
    },
    accessToken: async (account, wishes) => (await request(account, wishes)).access_token,
    idToken: async (account) => (await request(account)).id_token,
    async publicKeys() {
      return ((await (await fetch(`${issuer}/jwks`)).json()) as { keys: JWK[] }).keys;
    },
    rotateKeys: renew,
    stop,
    async start() {
      server = createServer(listener);
      await listen(server, port);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function createProvider(issuer: string): Promise<Provider> {
  const key = await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey);
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...key, alg: 'RS256', use: 'sig' }] },
    clients: [{ ...CLIENT, grant_types: [LOGIN_GRANT], response_types: [], redirect_uris: [] }],
    clientAuthMethods: ['client_secret_post'],
    clientDefaults: { token_endpoint_auth_method: 'client_secret_post' },
    ttl: { AccessToken: 3600, IdToken: 3600 },
    cookies: { keys: ['only for this test'] },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    extraTokenClaims: (context) => JSON.parse(String(context.oidc.params?.extra ?? '{}')),
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, audience) => ({ scope: '', audience, accessTokenFormat: 'jwt' }),
      },
    },
  });
  // Real providers show a page here; what comes after it is the same.
  provider.registerGrantType<{ account: string; resource: string }>(
    LOGIN_GRANT,
    async (context) => {
      const { client, params } = context.oidc;
      const { account: accountId, resource } = params;
      const resourceServer = new provider.ResourceServer(resource, {
        ...{ scope: '', audience: resource, accessTokenFormat: 'jwt' },
      });
      const token = new provider.AccessToken({ client, accountId, resourceServer, grantId: 'login', gty: LOGIN_GRANT });
      const idToken = new provider.IdToken({ sub: accountId }, { ctx: context });
      context.body = {
        ...{ access_token: await token.save(), token_type: 'Bearer' },
        id_token: await idToken.issue({ use: 'idtoken' }),
      };
    },
    ['account', 'resource', 'extra'],
  );
  return provider;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}
