import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runScript, startContender } from '../lib/contender-process.ts';
import { settle } from '../lib/databases.ts';
import { postText } from '../lib/load.ts';
import type { StartContender } from './contender.ts';

const PACKAGE = fileURLToPath(new URL('../better-auth', import.meta.url));
const PATH = '/api/auth/two-factor/verify-totp';
/** Requests with cookies come from its own pages, or are refused. */
const ORIGIN = 'http://bench.invalid';

/** Installs better-auth beside its `package.json` here, if it is not there yet. */
export function installBetterAuth(): void {
  if (existsSync(join(PACKAGE, 'node_modules'))) return;
  const { status } = spawnSync('npm', ['ci', '--loglevel=error', '--prefix', PACKAGE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('better-auth could not be installed; --offline measures without it');
}

/** better-auth with its two-factor plugin on PostgreSQL, with its defaults; its rate limit alone is off. */
export const startBetterAuth: StartContender = async (databases, items) => {
  const database = await databases.create();
  const settings = { DATABASE_URL: database.config.databaseUrl as string };
  const [seedsFile, cookiesFile] = [join(database.folder, 'seeds.json'), join(database.folder, 'cookies.json')];
  await writeFile(seedsFile, JSON.stringify(items.map(({ otp }) => otp.secret)));
  await runScript(join(PACKAGE, 'prepare.ts'), [seedsFile, cookiesFile], settings);
  await settle(database);
  const cookies: string[] = JSON.parse(await readFile(cookiesFile, 'utf8'));
  const cookieOf = new Map(items.map(({ userId }, index) => [userId, cookies[index] as string]));
  const server = await startContender(join(PACKAGE, 'server.ts'), settings);
  return {
    url: server.url,
    accepted: '"token":"',
    requestFor: ({ userId }, code) =>
      postText(PATH, { origin: ORIGIN, cookie: cookieOf.get(userId) as string }, { code }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
