import { beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/access/scopes.ts';
import { ROUTES } from '../../src/http/routes/index.ts';
import { ENGINES } from '../support/engines.ts';
import { plantedSeed } from '../support/planted.ts';
import { expectFailure } from './support/envelope.ts';
import { useServer } from './support/use-server.ts';

const CASES = ROUTES.flatMap((route) =>
  SCOPES.map((scope) => ({ route, scope, name: `${route.method} ${route.path}` })),
);

describe.each(ENGINES)('%s: scopes', (engine) => {
  const server = useServer(engine);
  const tokens = new Map<Scope, string>();
  beforeAll(async () => {
    for (const scope of SCOPES) tokens.set(scope, await server().token([scope]));
  });

  it.each(CASES)(
    '$name lets a key with only $scope in if that is its scope, or if it is public, and never for a user',
    async ({ route, scope }) => {
      const token = tokens.get(scope) as string;
      const options = route.method === 'POST' ? { token, body: {} } : { token };
      const { body } = await server().call(route.method, route.path, options);
      const isLetIn = route.scope === 'public' || route.scope === scope;
      if (route.scope === 'user') expectFailure(body, 401, 2020);
      else if (isLetIn) expect(body.statusCode).not.toBe(403);
      else expectFailure(body, 403);
    },
  );

  it('a key without any scope is let in nowhere', async () => {
    const token = await server().token([]);
    for (const { method, path, scope } of ROUTES) {
      if (scope === 'public') continue;
      const { body } = await server().call(method, path, method === 'POST' ? { token, body: {} } : { token });
      if (scope === 'user') expectFailure(body, 401, 2020);
      else expectFailure(body, 403);
    }
  });

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
