import type { LocalText } from '../../language.ts';
import { findSource, SOURCES } from '../../sources/registry.ts';
import type { Source } from '../../sources/source.ts';
import { type Command, EXIT, type Invocation, UsageError } from '../command.ts';

const TEXTS = {
  name: { en: 'format', zh: '格式' },
  title: { en: 'product', zh: '来源' },
  more: {
    en: 'How to export from one of them: factorport sources NAME. The format is recognised by the content of the file.',
    zh: '查看某种来源的导出方法：factorport sources 名称。导入时按文件内容自动识别格式。',
  },
  howToExport: { en: 'How to export', zh: '导出方法' },
  secret: { en: 'Encrypted files need', zh: '加密文件需要' },
  example: { en: 'Example', zh: '示例' },
  unknown: { en: 'There is no format "{name}".', zh: '没有“{name}”格式。' },
} as const satisfies Record<string, LocalText>;

export const sources: Command = {
  name: 'sources',
  summary: {
    en: 'List the formats that can be imported, with how to export from each product',
    zh: '列出可导入的格式及各产品的导出方法',
  },
  arguments: [
    {
      name: 'name',
      isOptional: true,
      text: { en: 'A format, to see all about it.', zh: '格式名称，显示其详细说明。' },
    },
  ],
  examples: ['factorport sources', 'factorport sources keycloak', 'factorport sources --json'],
  async run(invocation) {
    const [name] = invocation.arguments;
    const { terminal, language } = invocation;
    const found = name === undefined ? undefined : findSource(name);
    if (name !== undefined && found === undefined) throw new UsageError(TEXTS.unknown, { name });
    if (invocation.flag('json')) terminal.json(found === undefined ? SOURCES.map(toDto) : toDto(found));
    else if (found === undefined) printAll(invocation);
    else printOne(invocation, found);
    return EXIT.ok;

    function toDto(source: Source) {
      return {
        name: source.name,
        title: source.title[language],
        howToExport: plain(source.howToExport[language]),
        secret: source.secret?.[language] ?? null,
        example: exampleOf(source),
      };
    }
  },
};

function printAll({ terminal, language }: Invocation): void {
  terminal.table([
    [TEXTS.name[language], TEXTS.title[language]],
    ...SOURCES.map(({ name, title }) => [name, title[language]]),
  ]);
  terminal.line();
  terminal.line(TEXTS.more[language]);
}

function printOne({ terminal, language }: Invocation, source: Source): void {
  const section = (title: LocalText, text: string) => {
    terminal.line();
    terminal.line(title[language]);
    for (const line of text.split('\n')) terminal.line(`  ${line}`);
  };
  terminal.line(`${source.name}  ${source.title[language]}`);
  section(TEXTS.howToExport, plain(source.howToExport[language]));
  if (source.secret !== undefined) section(TEXTS.secret, source.secret[language]);
  section(TEXTS.example, exampleOf(source));
}

/** Without the marks around commands, which would be copied with them. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}

function exampleOf({ name, secret }: Source): string {
  return `factorport import FILE --format ${name}${secret === undefined ? '' : ' --password-file password.txt'} --dry-run`;
}
