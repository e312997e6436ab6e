import { join } from 'node:path';
import { startServerProcess } from '../../test/support/server-process.ts';
import { type BenchDatabase, settle } from '../lib/databases.ts';
import { postText } from '../lib/load.ts';
import { populateWithFactors } from '../lib/population.ts';
import type { Contender, StartContender } from './contender.ts';

const PATH = '/api/v1/otp/verify';

/** The service as it is, with its defaults: it authenticates, throttles, audits and logs every request. */
export const startFactorport: StartContender = async (databases, items) => {
  const database = await databases.create();
  const { managementToken } = await populateWithFactors(database, items);
  await settle(database);
  return serveFactorport(database, managementToken);
};

/** The same on a database that is populated already. */
export async function serveFactorport(database: BenchDatabase, managementToken: string): Promise<Contender> {
  const server = await startServerProcess(database.environment, { logFile: join(database.folder, 'log') });
  const headers = { authorization: `Bearer ${managementToken}` };
  return {
    url: server.url,
    accepted: '"verified":true',
    requestFor: ({ userId }, code) => postText(PATH, headers, { userId, code }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
