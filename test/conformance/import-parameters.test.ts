import { beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { codeAt } from './support/codes.ts';
import { uniqueName, useServer } from './support/use-server.ts';

const PARAMETERS = ['SHA1', 'SHA256', 'SHA512'].flatMap((algorithm) =>
  [6, 7, 8].flatMap((digits) => [30, 60].map((period) => ({ algorithm, digits, period }))),
);

describe.each(ENGINES)('%s: every kind of authenticator that import-otp takes', (engine) => {
  let now = Date.now();
  const server = useServer(engine, { clock: () => now });
  let token: string;
  beforeAll(async () => {
    token = await server().token();
  });

  async function importFor(userId: string, otp: object): Promise<void> {
    const body = { list: [{ userId, otp }], options: { createMissingUsers: true } };
    expect((await server().call('POST', '/api/v3/import-otp', { token, body })).body.data).toMatchObject({ added: 1 });
  }

  const verify = async (userId: string, code: string) =>
    (await server().call('POST', '/api/v1/otp/verify', { token, body: { userId, code } })).body.data.verified;

  it.each(PARAMETERS)(
    'an imported seed of $algorithm, $digits digits, $period s verifies what an authenticator shows',
    async (parameters) => {
      // Forwards only: a clock that goes back is noticed.
      now = Math.max(now, Date.now());
      const userId = uniqueName();
      const secret = plantedSeed(28);
      await importFor(userId, { secret, ...parameters });
      expect(
        await verify(
          userId,
          codeAt(secret, now, { ...parameters, algorithm: parameters.algorithm === 'SHA1' ? 'SHA512' : 'SHA1' }),
        ),
      ).toBe(false);
      expect(await verify(userId, codeAt(secret, now, parameters))).toBe(true);
      expect(await verify(userId, codeAt(secret, now, parameters))).toBe(false);
      now += parameters.period * 1000;
      expect(await verify(userId, codeAt(secret, now, parameters))).toBe(true);
    },
  );

  it('a document of the v3 API that names only a secret means SHA1, 6 digits, 30 seconds', async () => {
    const [absent, nulls] = [uniqueName(), uniqueName()];
    await importFor(absent, { secret: plantedSeed(27) });
    await importFor(nulls, { secret: plantedSeed(27), algorithm: null, digits: null, period: null });
    for (const userId of [absent, nulls]) expect(await verify(userId, codeAt(plantedSeed(27), now))).toBe(true);
  });

  it.each(['sha1', 'SHA-256', 'HmacSHA512', 'sha_256'])('the algorithm may be written "%s"', async (algorithm) => {
    const userId = uniqueName();
    await importFor(userId, { secret: plantedSeed(29), algorithm });
    const known = algorithm.includes('512') ? 'SHA512' : algorithm.includes('256') ? 'SHA256' : 'SHA1';
    expect(await verify(userId, codeAt(plantedSeed(29), now, { algorithm: known }))).toBe(true);
  });
});
