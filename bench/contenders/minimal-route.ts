import { fileURLToPath } from 'node:url';
import { sqlitePath } from '../../src/config.ts';
import { startContender } from '../lib/contender-process.ts';
import { settle } from '../lib/databases.ts';
import { postText } from '../lib/load.ts';
import { populateWithFactors } from '../lib/population.ts';
import type { StartContender } from './contender.ts';

const SERVER = fileURLToPath(new URL('./minimal-route-server.ts', import.meta.url));

/** The least that a verification can be, on the very database that the service would have. */
export const startMinimalRoute: StartContender = async (databases, items) => {
  const database = await databases.create();
  const { poolId } = await populateWithFactors(database, items);
  await settle(database);
  const { databaseUrl } = database.config;
  const engine =
    databaseUrl === undefined ? { SQLITE_PATH: sqlitePath(database.config) } : { DATABASE_URL: databaseUrl };
  const server = await startContender(SERVER, { POOL_ID: poolId, ...engine });
  return {
    url: server.url,
    accepted: '"verified":true',
    requestFor: ({ userId }, code) => postText('/verify', {}, { userId, code }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
