import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AuditItem } from '../../audit/audit-item.ts';
import type { AuditFilter } from '../../audit/audit-trail.ts';
import { readTime, TIME_EXPECTED } from '../../audit/filter.ts';
import { FactorportError } from '../../errors/error.ts';
import { fillText, type LocalText } from '../../language.ts';
import { cliActor, POOL_OPTION } from '../actor.ts';
import { type Command, type CommandOption, EXIT, type Invocation, UsageError } from '../command.ts';
import { TEXTS as SHARED_TEXTS } from '../texts.ts';

const TEXTS = {
  at: { en: 'time', zh: '时间' },
  action: { en: 'action', zh: '操作' },
  result: { en: 'result', zh: '结果' },
  actor: { en: 'actor', zh: '操作者' },
  user: { en: 'user id', zh: '用户 ID' },
  address: { en: 'address', zh: '地址' },
  none: { en: 'No audit events found.', zh: '没有找到审计事件。' },
  more: { en: 'There are more; see them with --limit or --to.', zh: '还有更多事件，可用 --limit 或 --to 查看。' },
  written: { en: 'Written to {path}', zh: '已写入 {path}' },
} as const satisfies Record<string, LocalText>;

const RESULTS = ['ok', 'refused', 'failed'];

function textOption(placeholder: string, en: string, zh: string): CommandOption {
  return { type: 'string', placeholder, text: { en, zh } };
}

const FILTER_OPTIONS: Readonly<Record<string, CommandOption>> = {
  from: textOption('TIME', 'From this time on: ISO 8601, or milliseconds.', '起始时间（含）：ISO 8601 或毫秒时间戳。'),
  to: textOption('TIME', 'Before this time.', '截止时间（不含）。'),
  action: textOption(
    'NAME',
    'This action; "otp." stands for all that begin with it.',
    '操作名称；“otp.”匹配所有以其开头的操作。',
  ),
  result: textOption('RESULT', `One of ${RESULTS.join(', ')}.`, `${RESULTS.join('、')} 之一。`),
  actor: textOption('ID', 'Access key id, or cli:ACCOUNT.', '访问密钥 ID，或 cli:账户。'),
  user: textOption('ID', 'The user concerned, by user id.', '相关用户的用户 ID。'),
  address: textOption('ADDRESS', 'Where the call came from.', '调用方地址。'),
  request: textOption('ID', 'Request id.', '请求 ID。'),
  'no-pool': {
    type: 'boolean',
    text: {
      en: 'Events of no pool: callers that proved no key, and what the service does by itself.',
      zh: '不属于任何用户池的事件：未证明密钥的调用方以及服务自身的操作。',
    },
  },
  ...POOL_OPTION,
};

export const auditList: Command = {
  name: 'audit list',
  summary: { en: 'List audit events, newest first', zh: '列出审计事件，最新的在前' },
  options: {
    ...FILTER_OPTIONS,
    limit: textOption('N', 'How many (default: 20, at most 1000).', '数量（默认 20，最多 1000）。'),
  },
  examples: [
    'factorport audit list --action otp. --result refused',
    'factorport audit list --from 2026-03-01 --limit 100 --json',
  ],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const { poolId } = await poolActor(services, invocation);
      const page = { limit: readLimit(invocation) };
      const { items, next } = await services.auditTrail.list(poolId, readFilter(invocation), page);
      if (invocation.flag('json')) terminal.json(items);
      else if (items.length === 0) terminal.line(TEXTS.none[language]);
      else {
        printEvents(invocation, items);
        if (next !== undefined) terminal.line(TEXTS.more[language]);
      }
      return EXIT.ok;
    }),
};

export const auditExport: Command = {
  name: 'audit export',
  summary: { en: 'Export audit events as NDJSON, oldest first', zh: '以 NDJSON 导出审计事件，最早的在前' },
  options: {
    ...FILTER_OPTIONS,
    out: textOption('FILE', 'File to write, which must not exist yet.', '输出文件，不能已存在。'),
  },
  examples: [
    'factorport audit export --from 2026-03-01 --to 2026-04-01 --out audit-2026-03.ndjson',
    'factorport audit export --action otp. | gzip > otp.ndjson.gz',
  ],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const actor = await poolActor(services, invocation);
      const lines = services.auditTrail.exportLines(actor, readFilter(invocation));
      const path = invocation.option('out');
      if (path === undefined) {
        for await (const text of lines) await terminal.text(text);
        return EXIT.ok;
      }
      await writeFile(path, lines);
      if (invocation.flag('json')) terminal.json({ out: path });
      else terminal.line(fillText(TEXTS.written, language, { path }));
      return EXIT.ok;
    }),
};

/** @throws `file_unwritable` before anything is exported */
async function writeFile(path: string, lines: AsyncIterable<string>): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new FactorportError('file_unwritable', { parameters: { path, reason: error.code ?? '' }, cause: error });
  });
  await pipeline(Readable.from(lines, { highWaterMark: 1 }), file.createWriteStream());
}

async function poolActor(services: Parameters<typeof cliActor>[0], invocation: Invocation) {
  const actor = await cliActor(services, invocation);
  return invocation.flag('no-pool') ? { ...actor, poolId: '' } : actor;
}

/** @throws UsageError */
function readFilter(invocation: Invocation): AuditFilter {
  const result = invocation.option('result');
  if (result !== undefined && !RESULTS.includes(result)) {
    const expected = { en: `it must be one of ${RESULTS.join(', ')}`, zh: `应为 ${RESULTS.join('、')} 之一` };
    throw new UsageError(SHARED_TEXTS.badOption, { name: '--result', expected });
  }
  return {
    from: readTimeOption(invocation, 'from'),
    to: readTimeOption(invocation, 'to'),
    action: invocation.option('action'),
    result,
    actor: invocation.option('actor'),
    userId: invocation.option('user'),
    address: invocation.option('address'),
    requestId: invocation.option('request'),
  };
}

function readTimeOption(invocation: Invocation, name: string): number | undefined {
  const text = invocation.option(name);
  if (text === undefined) return undefined;
  const time = readTime(text);
  if (time === undefined) throw new UsageError(SHARED_TEXTS.badOption, { name: `--${name}`, expected: TIME_EXPECTED });
  return time;
}

function readLimit(invocation: Invocation): number {
  const text = invocation.option('limit') ?? '20';
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= 1000) return limit;
  const expected = { en: 'it must be a whole number from 1 to 1000', zh: '应为 1 至 1000 之间的整数' };
  throw new UsageError(SHARED_TEXTS.badOption, { name: '--limit', expected });
}

function printEvents({ terminal, language }: Invocation, items: readonly AuditItem[]): void {
  const columns = [TEXTS.at, TEXTS.result, TEXTS.action, TEXTS.actor, TEXTS.user, TEXTS.address];
  terminal.table([
    columns.map((text) => text[language]),
    ...items.map((item) => [item.at, item.result, item.action, item.actor, item.userId ?? '', item.address]),
  ]);
}
