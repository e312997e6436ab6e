import type { GeneratedFormat } from '../../generate/format.ts';
import { GENERATED_FORMATS } from '../../generate/formats/index.ts';
import { generateAssignments, generate as generateFile } from '../../generate/generate.ts';
import type { RowSettings } from '../../generate/rows.ts';
import { fillText, type LocalText } from '../../language.ts';
import { type Command, type CommandOption, EXIT, type Invocation, UsageError } from '../command.ts';
import { interruptible } from '../interruption.ts';
import { writeOutputFile } from '../output-file.ts';
import { TEXTS as SHARED_TEXTS } from '../texts.ts';

const TEXTS = {
  synthetic: {
    en: 'Synthetic data: none of these users and secrets exist.',
    zh: '以下为合成数据，其中的用户和密钥均不存在。',
  },
  written: { en: 'Written to {path}. Rows: {rows}', zh: '已写入 {path}，行数：{rows}' },
} as const satisfies Record<string, LocalText>;

const MAXIMUM_ROWS = 1_000_000_000;
const MAXIMUM_CODES = 100;
const USUAL_FORMAT = 'ndjson';
const NAMES = GENERATED_FORMATS.map(({ name }) => name);

function textOption(placeholder: string, en: string, zh: string): CommandOption {
  return { type: 'string', placeholder, text: { en, zh } };
}

const formatList = (language: 'en' | 'zh') =>
  GENERATED_FORMATS.map(({ name, title }) => `${name} (${title[language]})`).join('; ');

export const generate: Command = {
  name: 'generate',
  summary: {
    en: 'Write a synthetic file of registrations, for tests and benchmarks',
    zh: '生成合成的绑定数据文件，用于测试和性能测试',
  },
  options: {
    rows: textOption('N', 'How many rows.', '行数。'),
    format: textOption(
      'NAME',
      `Format; ${USUAL_FORMAT} if not given. One of: ${formatList('en')}.`,
      `格式，默认 ${USUAL_FORMAT}。可选：${formatList('zh')}。`,
    ),
    seed: textOption(
      'TEXT',
      'The same text gives the same file; "1" if not given.',
      '相同的文本生成相同的文件，默认“1”。',
    ),
    bad: textOption(
      'SHARE',
      'Share of rows that an import must refuse, like 0.03 or 3%; none if not given.',
      '应被导入拒绝的行所占比例，如 0.03 或 3%，默认没有。',
    ),
    hotp: textOption('SHARE', 'Share of HOTP, where the format has it.', 'HOTP 所占比例（仅限支持 HOTP 的格式）。'),
    'recovery-codes': textOption(
      'N',
      'Recovery codes for each user, where the format has them.',
      '每个用户的恢复码数量（仅限支持恢复码的格式）。',
    ),
    'user-prefix': textOption('TEXT', 'What user ids begin with; "user-" if not given.', '用户 ID 前缀，默认“user-”。'),
    output: textOption('FILE', 'File to write; standard output if not given.', '输出文件，默认写到标准输出。'),
    'users-output': textOption(
      'FILE',
      'With oath-csv: the list of serial numbers and users to write.',
      '仅用于 oath-csv：同时写出序列号与用户的对应表。',
    ),
    force: { type: 'boolean', text: { en: 'Replace files that exist.', zh: '覆盖已存在的文件。' } },
  },
  examples: [
    'factorport generate --rows 1000000 --recovery-codes 1 --bad 3% --output users.ndjson',
    'factorport generate --rows 1000 --format oath-csv --output tokens.csv --users-output users.csv',
  ],
  async run(invocation) {
    const format = readFormat(invocation);
    const count = readWholeNumber(invocation, 'rows', undefined, MAXIMUM_ROWS);
    const settings: RowSettings = {
      seed: invocation.option('seed') ?? '1',
      badShare: readShare(invocation, 'bad'),
      hotpShare: readShare(invocation, 'hotp'),
      recoveryCodes: readWholeNumber(invocation, 'recovery-codes', 0, MAXIMUM_CODES),
      userPrefix: readPrefix(invocation),
    };
    const usersPath = readUsersPath(invocation, format);
    invocation.terminal.error(TEXTS.synthetic[invocation.language]);
    if (usersPath !== undefined) await write(invocation, usersPath, generateAssignments(format, settings, count));
    const path = invocation.option('output');
    const pieces = generateFile(format, settings, count);
    if (path === undefined) for (const piece of pieces) await invocation.terminal.text(piece);
    else {
      await write(invocation, path, pieces);
      if (invocation.flag('json')) invocation.terminal.json({ output: path, rows: count });
      else invocation.terminal.line(fillText(TEXTS.written, invocation.language, { path, rows: count }));
    }
    return EXIT.ok;
  },
};

function write(invocation: Invocation, path: string, pieces: Iterable<string>): Promise<void> {
  const force = invocation.flag('force');
  return interruptible((signal) => writeOutputFile(path, pieces, { force, signal }));
}

function readFormat(invocation: Invocation): GeneratedFormat {
  const name = invocation.option('format') ?? USUAL_FORMAT;
  const format = GENERATED_FORMATS.find((one) => one.name === name);
  if (format !== undefined) return format;
  throw bad('--format', `it must be one of ${NAMES.join(', ')}`, `应为 ${NAMES.join('、')} 之一`);
}

function readUsersPath(invocation: Invocation, format: GeneratedFormat): string | undefined {
  const path = invocation.option('users-output');
  if (path === undefined || format.assignments !== undefined) return path;
  throw bad('--users-output', `the format ${format.name} names its users itself`, `${format.name} 格式自带用户信息`);
}

function readWholeNumber(invocation: Invocation, name: string, usual: number | undefined, maximum: number): number {
  const text = invocation.option(name);
  if (text === undefined && usual !== undefined) return usual;
  const number = text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= maximum) return number;
  throw bad(`--${name}`, `it must be a whole number from 0 to ${maximum}`, `应为 0 至 ${maximum} 之间的整数`);
}

function readShare(invocation: Invocation, name: string): number {
  const text = invocation.option(name) ?? '0';
  const match = /^(\d{1,3}(?:\.\d{1,9})?)(%?)$/.exec(text);
  const share = match === null ? Number.NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
  if (share <= 1) return share;
  throw bad(`--${name}`, 'it must be a share from 0 to 1, or from 0% to 100%', '应为 0 至 1 之间的比例，或 0% 至 100%');
}

/** Characters that mean something in none of the formats. */
function readPrefix(invocation: Invocation): string {
  const prefix = invocation.option('user-prefix') ?? 'user-';
  if (/^[\w.-]{0,64}$/.test(prefix)) return prefix;
  throw bad(
    '--user-prefix',
    'it takes letters, digits and . _ - (at most 64)',
    '只能包含字母、数字和 . _ -（最多 64 个字符）',
  );
}

function bad(name: string, en: string, zh: string): UsageError {
  return new UsageError(SHARED_TEXTS.badOption, { name, expected: { en, zh } });
}
