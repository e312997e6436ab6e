import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plant, plantedSeed } from '../support/planted.ts';
import { expectSuccess } from './support/envelope.ts';
import { useServer } from './support/use-server.ts';

interface Answer {
  readonly statusCode: number;
  readonly message: string;
  readonly data: { access_token: string; expires_in: number; verified: boolean };
}

/** What the SDK has no method for goes by its `makeRequest`, signed like everything else. */
describe.each(ENGINES)('%s: makeRequest of the SDK', (engine) => {
  const server = useServer(engine);

  it('exchanges an access key for a management token that is let in', async () => {
    const client = await server().sdk();
    const { key, secret } = await server().createKey(['users:read']);
    const data = { accessKeyId: key.accessKeyId, accessKeySecret: secret };
    const answer = (await client.makeRequest({
      method: 'POST',
      url: '/api/v3/get-management-token',
      data,
    })) as unknown as Answer;
    expectSuccess(answer);
    plant(answer.data.access_token);
    expect(answer.data.expires_in).toBe(7200);
    const users = await server().call('GET', '/api/v3/list-users', { token: answer.data.access_token });
    expect(users.body.statusCode).toBe(200);
  });

  it('verifies a code', async () => {
    const client = await server().sdk();
    const otp = { secret: plantedSeed(77) };
    const { data: user } = await client.createUser({ username: 'makes requests', otp });
    const code = new TOTP({ secret: Secret.fromBase32(otp.secret) }).generate();
    const data = { userId: user.userId, code };
    const answer = (await client.makeRequest({ method: 'POST', url: '/api/v1/otp/verify', data })) as unknown as Answer;
    expectSuccess(answer);
    expect(answer.data).toEqual({ verified: true, method: 'totp' });
  });
});
