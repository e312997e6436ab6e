import { describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { startTestServer } from '../support/test-server.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { useServer } from './support/use-server.ts';

describe.each(ENGINES)('%s: limits of import-otp', (engine) => {
  const settings = { FACTORPORT_IMPORT_MAX_ITEMS: '100', FACTORPORT_IMPORT_MAX_MIB: '1' };
  const server = useServer(engine, { settings });

  it('a list longer than FACTORPORT_IMPORT_MAX_ITEMS is answered 413 with the setting, and one as long is taken', async () => {
    const client = await server().sdk();
    const list = Array.from({ length: 101 }, (_, index) => ({
      userId: `u${index}`,
      otp: { secret: plantedSeed(index) },
    }));
    const refused = await client.importOtp({ list });
    expectFailure(refused, 413);
    expect(refused.message).toContain('FACTORPORT_IMPORT_MAX_ITEMS');
    expect(refused.message).toContain('101');
    const taken = await client.importOtp({ list: list.slice(1), options: { createMissingUsers: true } } as never);
    expectSuccess(taken);
  });

  it.each([1.2, 5, 40])(
    'a body of %s MiB over a limit of 1 is answered 413 to the SDK, not by a broken connection',
    async (sizeMiB) => {
      const client = await server().sdk();
      const userId = 'x'.repeat(100);
      const list = Array.from({ length: Math.ceil((sizeMiB * 1024 * 1024) / 180) }, (_, index) => ({
        userId: `${userId}${index}`,
        otp: { secret: plantedSeed(1) },
      }));
      const refused = await client.importOtp({ list });
      expectFailure(refused, 413);
      expect(refused.message).toContain('FACTORPORT_IMPORT_MAX_MIB');
      expectSuccess(await client.isUserExists({ username: 'nobody' }));
    },
  );

  it('a body of unknown length over the limit is answered 413 too', async () => {
    const token = await server().token();
    const chunk = Buffer.alloc(64 * 1024, ' ');
    const body = new ReadableStream({
      start(controller) {
        for (let count = 0; count < 40; count++) controller.enqueue(chunk);
        controller.close();
      },
    });
    const response = await fetch(`${server().url}/api/v3/import-otp`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit);
    expect(await response.json()).toMatchObject({ statusCode: 413 });
  });

  it('the limits are those of the settings: without them a list of 101 is taken', async () => {
    await using usual = await startTestServer(engine);
    const client = await usual.sdk();
    const list = Array.from({ length: 101 }, (_, index) => ({
      userId: `u${index}`,
      otp: { secret: plantedSeed(index) },
    }));
    expectSuccess(await client.importOtp({ list, options: { createMissingUsers: true } } as never));
  });
});
