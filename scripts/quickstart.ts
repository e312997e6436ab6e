import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readConfig, terminalLanguage } from '../src/config.ts';
import { FactorportError } from '../src/errors/error.ts';
import { createLogger, type RunningServer, startServer } from '../src/http/server.ts';
import { openServices, type Services } from '../src/services.ts';
import { exampleUsers } from './quickstart/example-users.ts';
import { createKey, createUsers, importOtps, verifyOne } from './quickstart/steps.ts';
import { TEXTS } from './quickstart/texts.ts';

// Shows the whole of it in a few seconds: a service on the embedded database, users, their OTPs imported by the
// unmodified SDK, one of them verified with a code that an independent library computed.

const DATA_DIR = fileURLToPath(new URL('../quickstart-data', import.meta.url));
const USERS = 300;

const language = terminalLanguage();
const say = (name: keyof typeof TEXTS, values: Readonly<Record<string, string | number>> = {}) =>
  console.log(TEXTS[name][language].replace(/\{(\w+)\}/g, (_, key: string) => String(values[key])));

const { services, server } = await start();
try {
  say('started', { url: server.url });
  if (!server.url.endsWith(':8787')) say('otherPort');
  const access = await createKey(services, server.url);
  say('key', { id: access.accessKeyId });

  const users = exampleUsers(USERS);
  const userIds = await createUsers(access, users);
  say('users', { count: userIds.length });

  const imported = await importOtps(access, userIds);
  say('imported', { count: imported.seeds.size, ms: imported.milliseconds });

  const proof = await verifyOne(access, imported.seeds);
  say('verified', { user: proof.name, code: proof.code });
  say('replayed', { answer: proof.secondAnswer });

  say('look', { url: `${server.url}/docs?lang=${language}` });
  say('next');
  if (process.argv.includes('--once')) await server.stop();
  else {
    say('serving');
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await server.stop();
    say('stopped');
  }
} catch (error) {
  await server.stop();
  fail(error);
}

async function start(): Promise<{ services: Services; server: RunningServer }> {
  // A second run, or another program, may have the usual port.
  for (const port of ['8787', '0']) {
    const config = readConfig({ 'data-dir': DATA_DIR, port }, { FACTORPORT_LOG_LEVEL: 'error' });
    const logger = createLogger(config.logLevel);
    try {
      const services = await openServices(config, { onError: (error) => logger.error({ err: error }, 'background') });
      try {
        return { services, server: await startServer(services, logger) };
      } catch (error) {
        await services.close();
        throw error;
      }
    } catch (error) {
      if (!(error instanceof FactorportError) || error.code !== 'port_in_use') fail(error);
    }
  }
  throw new Error('no free port');
}

function fail(error: unknown): never {
  const text = error instanceof FactorportError ? error.describe(language) : String(error);
  console.error(`quickstart: ${text}`);
  process.exit(1);
}
