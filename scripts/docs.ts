import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, EXIT, EXIT_TEXTS } from '../src/cli/command.ts';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { argumentName, optionRows, settingRows } from '../src/cli/help.ts';
import { TEXTS as CLI_TEXTS } from '../src/cli/texts.ts';
import { ERRORS, type ErrorDefinition } from '../src/errors/table.ts';
import { REASONS } from '../src/import/reasons.ts';
import { LANGUAGES, type Language, type LocalText } from '../src/language.ts';
import { SETTINGS } from '../src/settings.ts';
import { SOURCES } from '../src/sources/registry.ts';
import type { Source } from '../src/sources/source.ts';

// Writes the pages that list error codes, settings, commands and formats, from the tables the program itself uses.
// With --check nothing is written, and a page that differs is a failure.

const TEXTS = {
  generated: {
    en: 'Made by `npm run docs` from {source}. Do not edit this page.',
    zh: '本页由 `npm run docs` 根据 {source} 生成，请勿直接修改。',
  },
  meaning: { en: 'Meaning and remedy', zh: '含义与处理方法' },
  errors: { en: 'Errors', zh: '错误一览' },
  errorsLead: {
    en: 'An answer names an error by `statusCode` and, where Authing has one, `apiCode`. The name in the first column stands in the log line and in the audit event of the request. Under `/api/v3/` a refusal travels in HTTP 200; throttling (429) and faults (500, 503) are real HTTP statuses. Under `/api/v1/` the HTTP status is the `statusCode`.',
    zh: '应答以 `statusCode` 表示错误，Authing 定义了细分错误码的还带有 `apiCode`。第一列的名称出现在该请求的日志和审计事件中。`/api/v3/` 下的拒绝以 HTTP 200 返回，限流（429）和服务故障（500、503）则使用真实的 HTTP 状态码。`/api/v1/` 下 HTTP 状态码即 `statusCode`。',
  },
  name: { en: 'Name', zh: '名称' },
  reasons: { en: 'Why an item of an import is refused', zh: '导入项被拒绝的原因' },
  reasonsLead: {
    en: 'They stand in `data.errors[].reason`, next to the `index` of the item in the list and the `field`. The list has the first 100; `data.errorCount` counts all. For a file they stand in the report of its job, which lists every item.',
    zh: '原因见 `data.errors[].reason`，同时给出该项在列表中的序号 `index` 和字段 `field`。列表最多包含前 100 条，总数见 `data.errorCount`。导入文件时见任务报告，其中列出每一项。',
  },
  reason: { en: 'Reason', zh: '原因' },
  settings: { en: 'Settings', zh: '设置' },
  settingsLead: {
    en: 'A flag wins over the environment variable, and the variable over the default. An empty value counts as none. A wrong value stops the start, with a line that says what it must be.',
    zh: '命令行选项优先于环境变量，环境变量优先于默认值，空值视为未设置。取值有误时服务不会启动，并提示应如何填写。',
  },
  flag: { en: 'Flag', zh: '选项' },
  variable: { en: 'Environment variable', zh: '环境变量' },
  default: { en: 'Default', zh: '默认值' },
  expected: { en: 'Value', zh: '取值' },
  none: { en: 'none', zh: '无' },
  cli: { en: 'Command line', zh: '命令行' },
  cliLead: {
    en: 'In a checkout write `npm run -s factorport -- COMMAND`; with the package, `factorport COMMAND`. The language follows `--lang`, then `LC_ALL`, `LC_MESSAGES` and `LANG`. Results go to standard output, everything else to standard error.',
    zh: '在源码目录中使用 `npm run -s factorport -- 命令`，安装软件包后使用 `factorport 命令`。语言依次取自 `--lang`、`LC_ALL`、`LC_MESSAGES` 和 `LANG`。结果写入标准输出，其余内容写入标准错误。',
  },
  command: { en: 'Command', zh: '命令' },
  what: { en: 'What it does', zh: '作用' },
  argument: { en: 'Argument', zh: '参数' },
  option: { en: 'Option', zh: '选项' },
  setting: { en: 'Setting', zh: '设置' },
  sources: { en: 'Formats', zh: '格式一览' },
  sourcesLead: {
    en: 'What `factorport import` reads. The format is told by the content of the file; `--format NAME` overrules. How to import is in the [guide](import.md).',
    zh: '`factorport import` 可读取的格式。导入时按文件内容自动识别，也可用 `--format 名称` 指定。导入步骤见[导入指南](import.zh-CN.md)。',
  },
  format: { en: 'Format', zh: '格式' },
  product: { en: 'Product', zh: '来源' },
  secret: { en: 'Encrypted files need: {secret}.', zh: '加密文件需要：{secret}。' },
  notNeeded: { en: 'no', zh: '否' },
  needed: { en: 'yes', zh: '是' },
  takesSecret: { en: 'Password or key', zh: '密码或密钥' },
  exit: { en: 'Exit codes', zh: '退出码' },
  exitCode: { en: 'Code', zh: '退出码' },
} as const satisfies Record<string, LocalText>;

type Say = (text: LocalText) => string;
type Page = (say: Say) => string[];

const PAGES: Readonly<Record<string, Page>> = {
  errors: errorsPage,
  settings: settingsPage,
  cli: cliPage,
  sources: sourcesPage,
};

let stale = 0;
for (const [name, page] of Object.entries(PAGES)) {
  for (const language of LANGUAGES) update(pathOf(name, language), render(page, language));
}
process.exit(stale === 0 ? 0 : 1);

function update(path: string, text: string): void {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  if (process.argv.includes('--check')) {
    stale++;
    console.error(`${path} is not current: run "npm run docs"`);
  } else {
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}

function pathOf(name: string, language: Language): string {
  return `docs/${name}${language === 'zh' ? '.zh-CN' : ''}.md`;
}

function render(page: Page, language: Language): string {
  const text = page((local) => local[language]).join('\n\n');
  return `${text}\n`;
}

function errorsPage(say: Say): string[] {
  const errors = Object.entries<ErrorDefinition>(ERRORS).map(([name, error]) => [
    code(name),
    String(error.statusCode),
    error.apiCode === undefined ? '' : String(error.apiCode),
    prose(say(error)),
  ]);
  const reasons = Object.entries(REASONS).map(([name, text]) => [code(name), prose(say(text))]);
  return [
    ...opening(say, TEXTS.errors, 'src/errors/table.ts', 'src/import/reasons.ts'),
    say(TEXTS.errorsLead),
    table([say(TEXTS.name), 'statusCode', 'apiCode', say(TEXTS.meaning)], errors),
    `## ${say(TEXTS.reasons)}`,
    say(TEXTS.reasonsLead),
    table([say(TEXTS.reason), say(TEXTS.meaning)], reasons),
  ];
}

function settingsPage(say: Say): string[] {
  const rows = Object.values(SETTINGS).map((setting) => [
    setting.flag === undefined ? say(TEXTS.none) : code(`--${setting.flag}`),
    code(setting.environment),
    setting.default === undefined ? say(TEXTS.none) : code(setting.default),
    prose(say(setting)),
    prose(say(setting.expected)),
  ]);
  const head = [TEXTS.flag, TEXTS.variable, TEXTS.default, TEXTS.what, TEXTS.expected].map(say);
  return [...opening(say, TEXTS.settings, 'src/settings.ts'), say(TEXTS.settingsLead), table(head, rows)];
}

function cliPage(say: Say): string[] {
  const overview = COMMANDS.map((command) => [
    `[${code(command.name)}](#${command.name.replace(' ', '-')})`,
    prose(say(command.summary)),
  ]);
  const exits = Object.entries(EXIT).map(([name, value]) => [
    String(value),
    prose(say(EXIT_TEXTS[name as keyof typeof EXIT])),
  ]);
  return [
    ...opening(say, TEXTS.cli, 'src/cli/commands/index.ts'),
    say(TEXTS.cliLead),
    table([say(TEXTS.command), say(TEXTS.what)], overview),
    ...COMMANDS.flatMap((command) => commandSection(command, say)),
    `## ${say(TEXTS.exit)}`,
    table([say(TEXTS.exitCode), say(TEXTS.meaning)], exits),
  ];
}

function commandSection(command: Command, say: Say): string[] {
  const names = (command.arguments ?? []).map((argument) => ` ${argumentName(argument)}`).join('');
  const settings = settingRows(command, say).map(([flag = '', variable = '', text = '']) => [
    flag === '' ? say(TEXTS.none) : code(flag),
    code(variable),
    prose(text),
  ]);
  const parts = [
    `## ${command.name}`,
    prose(say(command.summary)),
    fence([`factorport ${command.name}${names} [${say(CLI_TEXTS.optionsPlace)}]`]),
  ];
  if (command.arguments !== undefined) {
    const rows = command.arguments.map((argument) => [code(argumentName(argument)), prose(say(argument.text))]);
    parts.push(table([say(TEXTS.argument), say(TEXTS.what)], rows));
  }
  const options = optionRows(command, say).map(([option = '', text = '']) => [code(option), prose(text)]);
  return [
    ...parts,
    table([say(TEXTS.option), say(TEXTS.what)], options),
    table([say(TEXTS.setting), say(TEXTS.variable), say(TEXTS.what)], settings),
    say(CLI_TEXTS.examples),
    fence(command.examples),
  ];
}

function sourcesPage(say: Say): string[] {
  const overview = SOURCES.map(({ name, title, secret }) => [
    `[${code(name)}](#${name})`,
    prose(say(title)),
    say(secret === undefined ? TEXTS.notNeeded : TEXTS.needed),
  ]);
  return [
    ...opening(say, TEXTS.sources, 'src/sources/registry.ts'),
    say(TEXTS.sourcesLead),
    table([TEXTS.format, TEXTS.product, TEXTS.takesSecret].map(say), overview),
    ...SOURCES.flatMap((source) => sourceSection(source, say)),
  ];
}

function sourceSection({ name, title, howToExport, secret }: Source, say: Say): string[] {
  const needs = secret === undefined ? [] : [say(TEXTS.secret).replace('{secret}', prose(say(secret)))];
  return [`## ${name}`, `**${prose(say(title))}**`, proseWithCode(say(howToExport)), ...needs];
}

function opening(say: Say, title: LocalText, ...sources: string[]): string[] {
  const links = sources.map((source) => `[${source}](../${source})`).join(say({ en: ' and ', zh: ' 和 ' }));
  return [`# ${say(title)}`, say(TEXTS.generated).replace('{source}', links)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function fence(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Prose in which what stands in backticks is code. */
function proseWithCode(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : prose(part)))
    .join('');
}

/** Keeps what means something to Markdown from meaning it. */
function prose(text: string): string {
  return text.replace(/[|<*]|__/g, (sign) => [...sign].map((character) => `\\${character}`).join(''));
}
