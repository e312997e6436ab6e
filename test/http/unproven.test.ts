import { describe, expect, it } from 'vitest';
import { startTestServer } from '../support/test-server.ts';

const ZEROS = Buffer.alloc(20).toString('base64');

function forged(accessKeyId: string) {
  return {
    date: new Date().toUTCString(),
    'x-authing-signature-method': 'HMAC-SHA1',
    'x-authing-signature-nonce': 'forged',
    authorization: `authing ${accessKeyId}:${ZEROS}`,
  };
}

describe('a caller who knows an access key id but not its secret', () => {
  it('is refused before anything is built from the body', async () => {
    await using server = await startTestServer('sqlite');
    const { key } = await server.createKey();
    const headers = forged(key.accessKeyId);
    // Not JSON: whoever parsed it first would say so.
    const answer = await server.call('POST', '/api/v3/import-otp', { headers, body: '{"list":[{]}' });
    expect(answer.body).toMatchObject({ statusCode: 401, apiCode: 1300 });
  });

  it('cannot make the server build millions of objects, and neither can one who knows it', async () => {
    await using server = await startTestServer('sqlite', { settings: { FACTORPORT_IMPORT_MAX_ITEMS: '100' } });
    const body = `{"list":[[${'{},'.repeat(200_000)}{}]]}`;
    const token = await server.token(['otp:import']);
    const { key } = await server.createKey();
    for (const credentials of [{ headers: forged(key.accessKeyId) }, { token }]) {
      const answer = await server.call('POST', '/api/v3/import-otp', { ...credentials, body });
      expect(answer.body.statusCode).toBe(400);
    }
  });
});

describe('verify', () => {
  it('says verified: false in every refusal, whatever refuses', async () => {
    await using server = await startTestServer('sqlite');
    const token = await server.token(['otp:verify']);
    const path = '/api/v1/otp/verify';
    const refusals = [
      await server.call('POST', path, { body: { userId: 'x', code: '123456' } }),
      await server.call('POST', path, { token, body: { code: '123456' } }),
      await server.call('POST', path, { token, body: '{' }),
      await server.call('POST', path, { token, body: { userId: 'x'.repeat(2_000_000), code: '1' } }),
      await server.call('POST', path, { token: await server.token(['users:read']), body: { userId: 'x', code: '1' } }),
    ];
    expect(refusals.map(({ body }) => body.statusCode)).toEqual([401, 400, 400, 413, 403]);
    for (const { body } of refusals) expect(body.data).toEqual({ verified: false });
  });
});
