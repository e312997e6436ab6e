import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { plantedSeed } from '../support/planted.ts';
import { startTestServer } from '../support/test-server.ts';

describe('changes of users that wait for each other on PostgreSQL', () => {
  it('leave verification the connections it needs', async () => {
    await using server = await startTestServer('postgres');
    const { services, poolId } = server;
    const actor = { poolId, id: 'test', address: '', requestId: 'test' };
    const client = await server.sdk();
    const { data: user } = await client.createUser({ username: 'waits for nobody', otp: { secret: plantedSeed(31) } });

    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const deletion = services.store.transaction(async (queries) => {
      await queries.bulk.lockPool(poolId, 'exclusive');
      await held;
    }, 'long');
    // More than there are connections of any kind.
    const waiting = Array.from({ length: 30 }, (_, index) =>
      services.users.create(actor, [{ profile: { username: `waits ${index}` }, status: 'Activated' }]),
    );
    try {
      const token = await server.token(['otp:verify']);
      const code = new TOTP({ secret: Secret.fromBase32(plantedSeed(31)) }).generate();
      const answer = await server.call('POST', '/api/v1/otp/verify', { token, body: { userId: user.userId, code } });
      expect(answer.body).toMatchObject({ statusCode: 200, data: { verified: true } });
      expect((await server.call('GET', '/health/ready')).status).toBe(200);
    } finally {
      release();
      await deletion;
    }
    expect((await Promise.all(waiting)).flat()).toHaveLength(30);
  });
});
