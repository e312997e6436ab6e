import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { GRANTABLE_BY_ALL } from '../../access/scopes.ts';
import { sqlitePath } from '../../config.ts';
import { createLogger, startServer } from '../../http/server.ts';
import type { LocalText } from '../../language.ts';
import { openServices, type Services } from '../../services.ts';
import { VERSION } from '../../version.ts';
import { type Command, EXIT, type Invocation } from '../command.ts';

const TEXTS = {
  database: { en: 'database', zh: '数据库' },
  embedded: { en: 'SQLite', zh: 'SQLite' },
  pool: { en: 'user pool', zh: '用户池' },
  docs: { en: 'API docs', zh: 'API 文档' },
  first: {
    en: 'There is no access key yet, so here is one. It is shown once. Keep it, and back up the master key file.',
    zh: '尚无访问密钥，已创建一个。密钥仅显示这一次，请妥善保存，并备份主密钥文件。',
  },
  id: { en: 'access key id', zh: '访问密钥 ID' },
  secret: { en: 'access key secret', zh: '访问密钥 Secret' },
  stopped: { en: 'stopped', zh: '已停止' },
  openly: {
    en: 'Warning: other machines can reach this service, and without TLS. Put a reverse proxy with TLS in front of it.',
    zh: '警告：其他机器可通过未加密的 HTTP 访问本服务，请在前面部署带 TLS 的反向代理。',
  },
} as const satisfies Record<string, LocalText>;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

export const serve: Command = {
  name: 'serve',
  summary: { en: 'Start the service', zh: '启动服务' },
  takesServerSettings: true,
  examples: [
    'factorport serve',
    'factorport serve --host 0.0.0.0 --port 8787 --data-dir /var/lib/factorport',
    'DATABASE_URL=postgres://user:password@host:5432/factorport factorport serve',
  ],
  async run(invocation) {
    const { config, terminal, language } = invocation;
    const logger = createLogger(config.logLevel);
    const services = await openServices(config, { onError: (error) => logger.error({ err: error }, 'background') });
    const server = await startServer(services, logger).catch(async (error: unknown) => {
      await services.close();
      throw error;
    });
    await introduce(invocation, services, server.url);
    terminal.line(invocation.flag('json') ? JSON.stringify({ listening: server.url }) : `listening on ${server.url}`);
    const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    logger.info({ signal: String(signal[0]) }, 'stopping');
    await server.stop();
    logger.info('stopped');
    if (!invocation.flag('json')) terminal.line(TEXTS.stopped[language]);
    return EXIT.ok;
  },
};

async function introduce(invocation: Invocation, services: Services, url: string): Promise<void> {
  const { terminal, language, config } = invocation;
  const say = (name: keyof typeof TEXTS) => TEXTS[name][language];
  const poolId = services.defaultPool.pool_id;
  const firstKey = await createFirstKey(services);
  if (invocation.flag('json')) {
    if (firstKey !== undefined) terminal.json({ ...firstKey, userPoolId: poolId });
    return;
  }
  const database = config.databaseUrl === undefined ? `${say('embedded')} ${sqlitePath(config)}` : 'PostgreSQL';
  terminal.line(`Factorport ${VERSION}`);
  terminal.table([
    [say('database'), database],
    [say('pool'), poolId],
    [say('docs'), `${url}/docs`],
  ]);
  if (!LOOPBACK.has(config.host)) terminal.line(say('openly'));
  if (firstKey === undefined) return;
  terminal.line(say('first'));
  terminal.table([
    [`  ${say('id')}`, firstKey.accessKeyId],
    [`  ${say('secret')}`, firstKey.accessKeySecret],
  ]);
}

/** Not at the first start alone: a start that failed after making the key ring would leave nobody a key. */
async function createFirstKey(services: Services) {
  const actor = { poolId: services.defaultPool.pool_id, id: 'cli:serve', address: '', requestId: randomUUID() };
  const wanted = { scopes: GRANTABLE_BY_ALL, name: 'first start' };
  const made = await services.accessKeys.createFirst(actor, wanted);
  return made === undefined ? undefined : { accessKeyId: made.key.accessKeyId, accessKeySecret: made.secret };
}
