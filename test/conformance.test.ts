import { describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { plantedCode, plantedSeed } from './support/planted.ts';
import { startTestServer } from './support/test-server.ts';

describe.each(ENGINES)('%s', (engine) => {
  it('imports by the SDK', async () => {
    await using server = await startTestServer(engine);
    const client = await server.sdk();
    const user = await client.createUser({ username: 'bob' });
    const answer = await client.importOtp({
      list: [{ userId: user.data.userId, otp: { secret: plantedSeed(1), recoveryCode: plantedCode(1) } }],
    });
    expect(answer.statusCode).toBe(200);
  });
});
