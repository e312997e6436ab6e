import { afterEach, beforeEach, vi } from 'vitest';
import { signedHeaders } from '../conformance/support/signing.ts';
import { type CallOptions, startTestServer, type TestKey, type TestServer } from '../support/test-server.ts';

export const USERS = '/api/v3/list-users';
export const VERIFY = '/api/v1/otp/verify';
export const GET_TOKEN = '/api/v3/get-management-token';
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** Only the time of day stands still, so that a window ends when a test says so; timers run as ever. */
export function useStandingClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** A server that lets an address and a key make so many requests; 0: any number. */
export function startLimited(
  perAddress: number,
  perKey = 0,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const limits = {
    FACTORPORT_RATE_LIMIT_PER_ADDRESS: String(perAddress),
    FACTORPORT_RATE_LIMIT_PER_KEY: String(perKey),
  };
  return startTestServer('sqlite', { settings: { ...limits, ...settings }, clock: () => Date.now() });
}

export async function statusOf(server: TestServer, options: CallOptions = {}): Promise<number> {
  return (await server.call('GET', USERS, options)).body.statusCode;
}

/** Calls without any credential, from an address where it is the proxy that tells it. */
export async function strangers(server: TestServer, count: number, address?: string): Promise<number[]> {
  const headers: Record<string, string> = address === undefined ? {} : { 'x-forwarded-for': address };
  const statuses: number[] = [];
  while (statuses.length < count) statuses.push(await statusOf(server, { headers }));
  return statuses;
}

/** A signed request with an access key; the secret may be a wrong one. */
export function signed(server: TestServer, key: TestKey): Promise<number> {
  return statusOf(server, { headers: signedHeaders(key, { method: 'GET', path: USERS }) });
}

export function tokenRequest({ key, secret }: TestKey): CallOptions {
  return { body: { accessKeyId: key.accessKeyId, accessKeySecret: secret } };
}
