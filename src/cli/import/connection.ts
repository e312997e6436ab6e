import { readClientKey } from '../../config.ts';
import type { LocalText } from '../../language.ts';
import { cliActor, POOL_OPTION } from '../actor.ts';
import { type CommandOption, type Invocation, UsageError } from '../command.ts';
import type { JobsClient } from './jobs-client.ts';
import { createLocalJobs } from './local-jobs.ts';
import { createRemoteJobs } from './remote-jobs.ts';
import { createServerCalls } from './server-access.ts';

/** Where the jobs of a command are. */
export const CONNECTION_OPTIONS = {
  server: {
    type: 'string',
    placeholder: 'URL',
    text: {
      en: 'Work on a running server instead of the local database. The access key comes from FACTORPORT_ACCESS_KEY_ID and FACTORPORT_ACCESS_KEY_SECRET, or is asked for at a terminal.',
      zh: '通过运行中的服务器操作，而非本地数据库。访问密钥取自 FACTORPORT_ACCESS_KEY_ID 和 FACTORPORT_ACCESS_KEY_SECRET，或在终端询问。',
    },
  },
  'access-key-id': {
    type: 'string',
    placeholder: 'ID',
    text: {
      en: 'Access key for --server, in place of FACTORPORT_ACCESS_KEY_ID.',
      zh: '用于 --server 的访问密钥 ID，替代 FACTORPORT_ACCESS_KEY_ID。',
    },
  },
  ...POOL_OPTION,
} as const satisfies Record<string, CommandOption>;

const TEXTS = {
  accessKeyId: { en: 'Access key id:', zh: '访问密钥 ID：' },
  accessKeySecret: { en: 'Access key secret:', zh: '访问密钥 Secret：' },
  noKey: {
    en: 'With --server the access key is needed: set FACTORPORT_ACCESS_KEY_ID and FACTORPORT_ACCESS_KEY_SECRET.',
    zh: '使用 --server 需要访问密钥，请设置 FACTORPORT_ACCESS_KEY_ID 和 FACTORPORT_ACCESS_KEY_SECRET。',
  },
  poolOfKey: {
    en: 'With --server the pool is that of the access key, so --pool cannot be given.',
    zh: '使用 --server 时用户池由访问密钥决定，不能指定 --pool。',
  },
} as const satisfies Record<string, LocalText>;

/** Gives the work the jobs of the local database, or with `--server` those of a server. */
export async function withJobs<Result>(
  invocation: Invocation,
  work: (client: JobsClient) => Promise<Result>,
): Promise<Result> {
  const { language } = invocation;
  const url = invocation.option('server');
  if (url === undefined) {
    return invocation.withServices(async (services) =>
      work(createLocalJobs(services, await cliActor(services, invocation), language)),
    );
  }
  if (invocation.option('pool') !== undefined) throw new UsageError(TEXTS.poolOfKey);
  return work(createRemoteJobs(createServerCalls({ url, language, ...(await readKey(invocation)) })));
}

/** Another command about the same job, as it is to be typed. */
export function hintCommand({ option }: Invocation, words: string): string {
  const [server, pool] = [option('server'), option('pool')];
  return `factorport import ${words}${server === undefined ? '' : ` --server ${server}`}${pool === undefined ? '' : ` --pool ${pool}`}`;
}

async function readKey({ option, terminal, language }: Invocation) {
  const { person } = terminal;
  const given = readClientKey();
  const accessKeyId = option('access-key-id') ?? given.accessKeyId ?? (await person?.ask(TEXTS.accessKeyId[language]));
  const accessKeySecret = given.accessKeySecret ?? (await person?.askSecret(TEXTS.accessKeySecret[language]));
  if (!accessKeyId || !accessKeySecret) throw new UsageError(TEXTS.noKey);
  return { accessKeyId, accessKeySecret };
}
