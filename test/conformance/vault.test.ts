import { describe, expect, it } from 'vitest';
import { importUsers, sealKeyAfter } from '../rotation/population.ts';
import { ENGINES } from '../support/engines.ts';
import { expectFailure } from './support/envelope.ts';
import { useServer } from './support/use-server.ts';

const STATUS = '/api/v1/vault/status';
const ROTATE = '/api/v1/vault/rotate';

describe.each(ENGINES)('%s: the vault by the API', (engine) => {
  const server = useServer(engine);

  it('tells which keys there are, without a word of what they are', async () => {
    const token = await server().token(['vault:manage']);
    const { status, body } = await server().call('GET', STATUS, { token });
    expect([status, body.statusCode]).toEqual([200, 200]);
    expect(body.data.keys.map((key: { purpose: string; state: string }) => [key.purpose, key.state])).toEqual(
      expect.arrayContaining([
        ['seal', 'current'],
        ['digest', 'current'],
        ['token', 'current'],
      ]),
    );
    expect(body.data.masterKey).toMatch(/master\.key$/);
    for (const key of body.data.keys) {
      expect(Object.keys(key).sort()).toEqual(['createdAt', 'keyId', 'purpose', 'state']);
    }
  });

  it('rotates, refuses a second rotation with 409 meanwhile, and comes to an end by itself', async () => {
    const token = await server().token(['vault:manage']);
    await importUsers(server().services, server().poolId, 1_500);
    const [first, second] = await Promise.all([
      server().call('POST', ROTATE, { token, body: {} }),
      server().call('POST', ROTATE, { token, body: {} }),
    ]);
    const answers = [first, second].sort((left, right) => left.status - right.status);
    expect(answers[0]?.body).toMatchObject({
      statusCode: 200,
      data: { rotation: { newKeyId: sealKeyAfter(1), retiredKeyIds: [1] } },
    });
    expectFailure(answers[1]?.body, 409);
    expect(answers[1]?.status).toBe(409);
    const finished = async () => {
      const { body } = await server().call('GET', STATUS, { token });
      return body.data.rotation;
    };
    await expect.poll(finished, { timeout: 30_000 }).toMatchObject({ state: 'finished', broken: 0 });
    const { body } = await server().call('GET', STATUS, { token });
    const seals = body.data.keys.filter((key: { purpose: string }) => key.purpose === 'seal');
    expect(seals).toMatchObject([{ keyId: sealKeyAfter(1), state: 'current' }]);
  });

  it('lets nobody rotate or look without the scope', async () => {
    const token = await server().token(['keys:manage', 'users:write', 'otp:import']);
    expectFailure((await server().call('POST', ROTATE, { token, body: {} })).body, 403);
    expectFailure((await server().call('GET', STATUS, { token })).body, 403);
    expectFailure((await server().call('POST', ROTATE, { body: {} })).body, 401, 2020);
  });
});
