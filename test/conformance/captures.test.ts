import { beforeAll, describe, expect, it } from 'vitest';
import { SCOPES } from '../../src/access/scopes.ts';
import { ROUTES } from '../../src/http/routes/index.ts';
import { beginSealing } from '../../src/rotation/sealing.ts';
import { bodyOf, type CapturedRequest, type CaptureFile, readCaptureFiles } from '../support/captures.ts';
import { ENGINES } from '../support/engines.ts';
import type { TestServer } from '../support/test-server.ts';
import { rawRequest, sendRaw } from './support/raw.ts';
import { useServer } from './support/use-server.ts';

const CAPTURES = readCaptureFiles();
/** Those to endpoints that are served. */
const REQUESTS = CAPTURES.flatMap((capture) =>
  capture.requests.map((request, index) => ({
    capture,
    request,
    name: `${capture.client} ${index + 1}: ${request.url}`,
  })),
).filter(({ request }) => ROUTES.some((route) => route.path === request.url.split('?')[0]));

/** When a request was made, by its own account. */
function timeOf({ headers }: CapturedRequest): number | undefined {
  const text = headers.find(([name]) => /^(x-authing-)?date$/i.test(name))?.[1];
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}

/** Makes the key with which the requests were recorded. */
async function insertRecordedKey({ services, poolId }: TestServer, capture: CaptureFile): Promise<void> {
  const { accessKeyId, accessKeySecret } = capture;
  const scopes = SCOPES.join(' ');
  await services.store.transaction(async (queries) => {
    const sealer = await beginSealing(queries, services.vault);
    await queries.accessKeys.insert({
      access_key_id: accessKeyId,
      pool_id: poolId,
      name: '',
      type: 'userpool',
      owner_user_id: '',
      tenant_id: '',
      sealed_secret: sealer.sealAccessKeySecret(accessKeySecret, { poolId, accessKeyId, scopes }),
      scopes,
      enabled: 1,
      created_at: 0,
      last_used_at: null,
    });
  });
}

describe.skipIf(CAPTURES.length === 0).each(ENGINES)('%s: requests recorded from real SDKs', (engine) => {
  let now = Date.now();
  const server = useServer(engine, { clock: () => now });
  beforeAll(() => insertRecordedKey(server(), CAPTURES[0] as CaptureFile));

  async function replay(request: CapturedRequest, token: string | undefined) {
    const headers = request.headers.map(([name, value]) => {
      const isToken = name.toLowerCase() === 'authorization' && token !== undefined;
      return [name, isToken ? value.replace(/[\w-]+\.[\w-]+\.[\w-]+$/, token) : value] as const;
    });
    const body = bodyOf(request);
    const bytes = rawRequest(`${request.method} ${request.url} HTTP/1.1`, headers, body);
    const answer = await sendRaw(server().url, { bytes });
    return { http: answer?.status, ...JSON.parse(answer?.text ?? '{}') };
  }

  async function tokenFor(capture: CaptureFile): Promise<string> {
    const body = { accessKeyId: capture.accessKeyId, accessKeySecret: capture.accessKeySecret };
    return (await server().call('POST', '/api/v3/get-management-token', { body })).body.data.access_token;
  }

  it.each(REQUESTS)('$name is let in, byte for byte as it was sent', async ({ capture, request }) => {
    now = timeOf(request) ?? Date.now();
    const isSigned = request.headers.some(([, value]) => value.startsWith('authing '));
    const answer = await replay(request, isSigned ? undefined : await tokenFor(capture));
    expect(answer.http).toBe(200);
    // What they ask for is made up, so most is refused, but for what it is and not for who asks.
    expect([200, 400, 404]).toContain(answer.statusCode);
    if (isSigned) expect(await replay(request, undefined)).toMatchObject({ statusCode: 401, apiCode: 1306 });
  });

  it.each(REQUESTS.filter(({ request }) => request.url.includes('import-otp')))(
    '$name: each of its items is read',
    async ({ capture, request }) => {
      now = timeOf(request) ?? Date.now();
      const { list } = JSON.parse(Buffer.from(request.rawBodyBase64 ?? '', 'base64').toString());
      const headers = { authorization: `Bearer ${await tokenFor(capture)}` };
      const { body } = await server().call('POST', '/api/v3/import-otp', { headers, body: { list } });
      expect(body).toMatchObject({ statusCode: 400, data: { errorCount: list.length } });
      expect(body.data.errors.map((error: { userId: string }) => error.userId)).toEqual(
        list.map((item: { userId: string }) => item.userId),
      );
    },
  );
});
