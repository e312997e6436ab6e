import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { expect, it } from 'vitest';
import { importItems } from '../import/importing.ts';
import { actorIn } from '../store/open-services.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { openTestVerifier } from './open-verifier.ts';

/** More than there are connections. */
const USERS = Array.from({ length: 14 }, (_, index) => `user-${index}`);

it('recovery codes and resets of users whom a large import holds keep nobody else waiting', async () => {
  await using verifier = await openTestVerifier('postgres');
  const { services, poolId, database } = verifier.opened;
  const items = USERS.map((userId, index) => ({
    userId,
    otp: { secret: plantedSeed(966), recoveryCodes: [plantedCode(1_600 + index)] },
  }));
  await importItems(services, poolId, items, { createMissingUsers: true });
  const client = new pg.Client({ connectionString: database.config.databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query('select 1 from factor where user_id = any($1) for update', [USERS]);
  const waiting = USERS.map((userId, index) =>
    index % 2 === 0
      ? services.verifier.verify(actorIn(poolId), userId, plantedCode(1_600 + index))
      : services.factors.unlock(actorIn(poolId), userId),
  );
  const held = Promise.allSettled(waiting);
  await pause(100);
  expect(await verifier.verify(verifier.code())).toBe('accepted');
  await client.query('commit');
  expect((await held).map(({ status }) => status)).toEqual(USERS.map(() => 'fulfilled'));
  await client.end();
});
