import { AuthenticationClient } from 'authing-node-sdk';
import { URI } from 'otpauth';
import { plant, plantedSeed } from '../../support/planted.ts';
import type { Answer, TestServer } from '../../support/test-server.ts';
import { uniqueName } from './use-server.ts';

/** A user who calls for themselves. */
export interface OwnUser {
  readonly userId: string;
  readonly username: string;
  /** Of /api/v1/mfa-tokens. */
  readonly token: string;
  /** The unmodified SDK of the application, logged in as this user. */
  readonly client: AuthenticationClient;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Makes a user, with an OTP by this seed if there is a number, and a token for them. */
export async function newOwnUser(server: TestServer, seedNumber?: number, profile: object = {}): Promise<OwnUser> {
  const token = await server.token();
  const username = uniqueName('own');
  const otp = seedNumber === undefined ? {} : { otp: { secret: plantedSeed(seedNumber) } };
  const made = await server.call('POST', '/api/v3/create-user', { token, body: { username, ...otp, ...profile } });
  const { userId } = made.body.data;
  return ownUser(server, userId, username, await mfaToken(server, token, userId));
}

export function ownUser(server: TestServer, userId: string, username: string, token: string): OwnUser {
  return {
    ...{ userId, username, token, client: sdkOf(server, token) },
    call: (method, path, body) => server.call(method, path, { headers: { authorization: token }, body }),
  };
}

/** @param backend a management token with the scope tokens:issue */
export async function mfaToken(server: TestServer, backend: string, userId: string): Promise<string> {
  const { body } = await server.call('POST', '/api/v1/mfa-tokens', { token: backend, body: { userId } });
  plant(body.data.token);
  return body.data.token;
}

function sdkOf(server: TestServer, accessToken: string): AuthenticationClient {
  return new AuthenticationClient({ appId: 'app', appSecret: 'none', appHost: server.url, accessToken });
}

/** The code that an authenticator app (here: the package `otpauth`) shows that has scanned a key URI. */
export function codeOfUri(keyUri: string, timestamp: number): string {
  return URI.parse(keyUri).generate({ timestamp });
}
