import { describe, expect, it } from 'vitest';
import type { Scope } from '../../src/access/scopes.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { expectFailure } from './support/envelope.ts';
import { useServer } from './support/use-server.ts';

describe.each(ENGINES)('%s: scopes', (engine) => {
  const server = useServer(engine);

  it('createMissingUsers needs users:write beside otp:import, and without it nothing is written', async () => {
    const list = [{ userId: 'missing', otp: { secret: plantedSeed(1) } }];
    const body = { list, options: { createMissingUsers: true } };
    const send = async (...scopes: Scope[]) =>
      (await server().call('POST', '/api/v3/import-otp', { token: await server().token(scopes), body })).body;
    expectFailure(await send('otp:import'), 403);
    expect((await server().services.users.getMany(server().poolId, ['missing'], 'user_id')).length).toBe(0);
    expect((await send('otp:import', 'users:write')).data.usersCreated).toBe(1);
  });
});
