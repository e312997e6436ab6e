import { randomBytes, randomInt } from 'node:crypto';
import { ManagementClient } from 'authing-node-sdk';
import { Secret, TOTP } from 'otpauth';
import { GRANTABLE_BY_ALL } from '../../src/access/scopes.ts';
import type { Services } from '../../src/services.ts';
import type { ExampleUser } from './example-users.ts';

/** An access key, and the SDK that uses it. */
export interface Access {
  readonly url: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly client: ManagementClient;
}

const BATCH = 50;
const SEED_BYTES = 20;

export async function createKey(services: Services, url: string): Promise<Access> {
  const actor = { poolId: services.defaultPool.pool_id, id: 'quickstart', address: '', requestId: 'quickstart' };
  const { key, secret } = await services.accessKeys.create(actor, { scopes: GRANTABLE_BY_ALL, name: 'quickstart' });
  const credentials = { accessKeyId: key.accessKeyId, accessKeySecret: secret };
  return { url, ...credentials, client: new ManagementClient({ ...credentials, host: url, lang: 'en-US' as never }) };
}

/** @returns the ids of all, those that an earlier run made included */
export async function createUsers({ client }: Access, users: readonly ExampleUser[]): Promise<string[]> {
  const userIds: string[] = [];
  for (let start = 0; start < users.length; start += BATCH) {
    const some = users.slice(start, start + BATCH);
    const externalIds = some.map((user) => user.externalId);
    const existing = await client.getUserBatch({ userIds: externalIds, userIdType: 'external_id' });
    const missing = some.filter((user) => !existing.data.some((found) => found.externalId === user.externalId));
    const created = missing.length === 0 ? [] : succeeded(await client.createUsersBatch({ list: missing })).data;
    userIds.push(...[...existing.data, ...created].map((user) => user.userId));
  }
  return userIds;
}

/** Imports a new random seed for each user in one request. */
export async function importOtps(
  { client }: Access,
  userIds: readonly string[],
): Promise<{ seeds: ReadonlyMap<string, Secret>; milliseconds: number }> {
  const seeds = new Map(
    userIds.map((userId) => [userId, new Secret({ buffer: toArrayBuffer(randomBytes(SEED_BYTES)) })]),
  );
  const list = [...seeds].map(([userId, seed]) => ({
    userId,
    otp: { secret: seed.base32, recoveryCode: recoveryCode() },
  }));
  const start = performance.now();
  succeeded(await client.importOtp({ list }));
  return { seeds, milliseconds: Math.round(performance.now() - start) };
}

/** Verifies one user with a code of an independent library, then tries the same code again. */
export async function verifyOne(
  access: Access,
  seeds: ReadonlyMap<string, Secret>,
): Promise<{ name: string; code: string; secondAnswer: string }> {
  const [userId, secret] = [...seeds][randomInt(seeds.size)] as [string, Secret];
  const { data: user } = succeeded(await access.client.getUser({ userId }));
  const code = new TOTP({ secret }).generate();
  const token = await managementToken(access);
  const first = await post(access, '/api/v1/otp/verify', { userId, code }, token);
  succeeded(first);
  const second = await post(access, '/api/v1/otp/verify', { userId, code }, token);
  return { name: user.name ?? user.userId, code, secondAnswer: `apiCode ${second.apiCode}` };
}

async function managementToken(access: Access): Promise<string> {
  const { accessKeyId, accessKeySecret } = access;
  const answer = await post(access, '/api/v3/get-management-token', { accessKeyId, accessKeySecret });
  return (answer.data as { access_token: string }).access_token;
}

interface Envelope {
  readonly statusCode: number;
  readonly message: string;
  readonly apiCode?: number;
  readonly data?: unknown;
}

async function post(access: Access, path: string, body: unknown, token?: string): Promise<Envelope> {
  const response = await fetch(access.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Envelope;
}

function succeeded<Answer extends { statusCode: number; message: string }>(answer: Answer): Answer {
  if (answer.statusCode !== 200) throw new Error(answer.message);
  return answer;
}

function recoveryCode(): string {
  return (randomBytes(12).toString('hex').match(/.{4}/g) as string[]).join('-');
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
