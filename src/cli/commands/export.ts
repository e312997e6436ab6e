import { readFile } from 'node:fs/promises';
import { FactorportError } from '../../errors/error.ts';
import type { Export, ExportOutcome } from '../../export/exporter.ts';
import type { ExportFormat } from '../../export/format.ts';
import { EXPORT_FORMATS, USUAL_EXPORT_FORMAT } from '../../export/formats/index.ts';
import { fillText, type LocalText } from '../../language.ts';
import { cliActor, POOL_OPTION } from '../actor.ts';
import { askSecrets } from '../ask-secret.ts';
import { type Command, type CommandOption, EXIT, type Invocation, UsageError } from '../command.ts';
import { interruptible } from '../interruption.ts';
import { writeOutputFile } from '../output-file.ts';
import { TEXTS as SHARED_TEXTS } from '../texts.ts';

const TEXTS = {
  written: { en: 'Written to {path}. Factors: {exported}', zh: '已写入 {path}，绑定数：{exported}' },
  exported: { en: 'Factors exported: {exported}', zh: '已导出绑定：{exported}' },
  clear: {
    en: 'The output holds seeds in clear. Whoever has it can make every code.',
    zh: '输出内容包含明文密钥，持有者可生成所有验证码，请妥善保管。',
  },
  codes: {
    en: 'Recovery codes left out: {count}. Only their digests exist; issue new ones where the users go.',
    zh: '未包含的恢复码：{count}。系统仅保存其摘要，请在新系统中重新签发。',
  },
  leftOut: {
    en: 'Not exported, because the seal does not open or the format cannot hold the user id: {user}',
    zh: '未导出（密封数据无法解开，或该格式无法表示此用户 ID）：{user}',
  },
  moreLeftOut: { en: 'and {count} more', zh: '另有 {count} 个' },
  password: {
    en: 'Password for the file (at least 12 characters):',
    zh: '文件密码（至少 12 个字符）：',
  },
  again: { en: 'The same once more:', zh: '请再输入一次：' },
  different: { en: 'The two passwords differ. Nothing was written.', zh: '两次输入的密码不一致，未写入任何内容。' },
  screen: {
    en: 'The output would go to the screen. Name a file with --output, or add --force.',
    zh: '内容将直接显示在屏幕上。请用 --output 指定文件，或加上 --force。',
  },
} as const satisfies Record<string, LocalText>;

const NAMES = EXPORT_FORMATS.map(({ name }) => name);
const formatList = (language: 'en' | 'zh') =>
  EXPORT_FORMATS.map(({ name, title }) => `${name} (${title[language]})`).join('; ');

function textOption(placeholder: string, en: string, zh: string): CommandOption {
  return { type: 'string', placeholder, text: { en, zh } };
}

export const exportFactors: Command = {
  name: 'export',
  summary: {
    en: 'Export all factors of a pool, encrypted unless told otherwise',
    zh: '导出用户池的全部绑定，默认加密',
  },
  options: {
    format: textOption(
      'NAME',
      `Format; ${USUAL_EXPORT_FORMAT} if not given. One of: ${formatList('en')}.`,
      `格式，默认 ${USUAL_EXPORT_FORMAT}。可选：${formatList('zh')}。`,
    ),
    'password-file': textOption(
      'FILE',
      'File whose first line is the password; without one it is asked for at the terminal.',
      '密码文件，取第一行；未指定时在终端询问。',
    ),
    'reveal-secrets': {
      type: 'boolean',
      text: {
        en: 'Write seeds in clear, in the formats that have them so.',
        zh: '允许以明文写出密钥（仅限明文格式）。',
      },
    },
    output: textOption('FILE', 'File to write; standard output if not given.', '输出文件，默认写到标准输出。'),
    force: {
      type: 'boolean',
      text: {
        en: 'Replace a file that exists, or write to the screen.',
        zh: '覆盖已存在的文件，或允许直接显示在屏幕上。',
      },
    },
    ...POOL_OPTION,
  },
  examples: [
    'factorport export --output factors.pskc.xml',
    'factorport export --format authing --reveal-secrets --output factors.json',
  ],
  async run(invocation) {
    const format = readFormat(invocation);
    const isToFile = invocation.option('output') !== undefined;
    if (!isToFile && invocation.terminal.isScreen && !invocation.flag('force')) throw new UsageError(TEXTS.screen);
    const password = await readPassword(invocation, format);
    return invocation.withServices(async (services) => {
      const actor = await cliActor(services, invocation);
      const request = { format, password, revealSecrets: invocation.flag('reveal-secrets') };
      const outcome = await interruptible((signal) =>
        write(invocation, signal, () => services.exporter.begin(actor, request)),
      );
      if (!format.isEncrypted) invocation.terminal.error(TEXTS.clear[invocation.language]);
      tell(invocation, outcome);
      return outcome.leftOut === 0 ? EXIT.ok : EXIT.refused;
    });
  },
};

/** Begins the export only once there is a file to write it into. */
async function write(
  { option, flag, terminal }: Invocation,
  signal: AbortSignal,
  begin: () => Promise<Export>,
): Promise<Readonly<ExportOutcome>> {
  let begun: Export | undefined;
  async function* pieces(): AsyncGenerator<string, void, void> {
    begun = await begin();
    yield* begun.pieces;
  }
  const path = option('output');
  if (path !== undefined) await writeOutputFile(path, pieces(), { force: flag('force'), signal });
  else {
    for await (const piece of pieces()) {
      if (signal.aborted) throw new FactorportError('interrupted');
      await terminal.text(piece);
    }
  }
  return (begun as Export).outcome;
}

/** On standard error, unless the file itself is somewhere else. */
function tell({ option, flag, terminal, language }: Invocation, outcome: Readonly<ExportOutcome>): void {
  const { exported, recoveryCodes, leftOut, leftOutUsers } = outcome;
  const path = option('output');
  if (path === undefined) terminal.error(fillText(TEXTS.exported, language, { exported }));
  else if (flag('json')) terminal.json({ output: path, ...outcome });
  else terminal.line(fillText(TEXTS.written, language, { path, exported }));
  if (recoveryCodes > 0) terminal.error(fillText(TEXTS.codes, language, { count: recoveryCodes }));
  for (const user of leftOutUsers) terminal.error(fillText(TEXTS.leftOut, language, { user }));
  const more = leftOut - leftOutUsers.length;
  if (more > 0) terminal.error(fillText(TEXTS.moreLeftOut, language, { count: more }));
}

function readFormat(invocation: Invocation): ExportFormat {
  const name = invocation.option('format') ?? USUAL_EXPORT_FORMAT;
  const format = EXPORT_FORMATS.find((one) => one.name === name);
  if (format !== undefined) return format;
  const expected = { en: `it must be one of ${NAMES.join(', ')}`, zh: `应为 ${NAMES.join('、')} 之一` };
  throw new UsageError(SHARED_TEXTS.badOption, { name: '--format', expected });
}

/** @throws UsageError where the two that were typed differ; `interrupted`, `file_unreadable` */
async function readPassword(invocation: Invocation, format: ExportFormat): Promise<string | undefined> {
  const path = invocation.option('password-file');
  if (path !== undefined) return firstLine(path);
  if (!format.isEncrypted) return undefined;
  const questions = [TEXTS.password, TEXTS.again].map((text) => text[invocation.language]);
  const [password, again] = (await askSecrets(questions, { input: process.stdin, output: process.stderr })) ?? [];
  if (password !== again) throw new UsageError(TEXTS.different);
  return password;
}

async function firstLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new FactorportError('file_unreadable', { parameters: { path, reason: error.code ?? '' }, cause: error });
  });
  return (text.split('\n')[0] as string).replace(/\r$/, '');
}
