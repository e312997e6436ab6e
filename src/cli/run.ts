import { parseArgs } from 'node:util';
import { type Config, readConfig, SETTINGS, terminalLanguage } from '../config.ts';
import { FactorportError } from '../errors/error.ts';
import { fillText, type Language } from '../language.ts';
import { requireInstallation } from '../open-store.ts';
import { openServices } from '../services.ts';
import { VERSION } from '../version.ts';
import { type Command, EXIT, type Invocation, UsageError } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { printCommandHelp, printOverview } from './help.ts';
import { RemoteRefusal } from './import/remote-refusal.ts';
import type { Terminal } from './terminal.ts';
import { TEXTS } from './texts.ts';

/**
 * Runs the command that the words name. Whatever goes wrong is one line that says what and how to mend it.
 *
 * @returns the exit code
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const language = requestedLanguage(words);
  const command = findCommand(words);
  try {
    if (command === undefined) return runWithoutCommand(words, terminal, language);
    return await runCommand(command, words.slice(command.name.split(' ').length), terminal, language);
  } catch (error) {
    return report(error, terminal, language, command);
  }
}

function runWithoutCommand(words: readonly string[], terminal: Terminal, language: Language): number {
  if (words.includes('--version') || words.includes('-v')) {
    terminal.line(VERSION);
    return EXIT.ok;
  }
  const unknown = words.find((word) => word.startsWith('-') && !/^(-h|--help|--lang(=.*)?)$/.test(word));
  if (unknown !== undefined) throw new UsageError(TEXTS.unknownOption, { name: unknown });
  const name = words.filter((word, index) => !word.startsWith('-') && words[index - 1] !== '--lang').join(' ');
  const group = COMMANDS.filter((command) => name !== '' && command.name.startsWith(`${name} `));
  if (group.length === 0 && name !== '' && name !== 'help') {
    throw new UsageError(TEXTS.unknownCommand, { name });
  }
  printOverview(terminal, language, group.length === 0 ? COMMANDS : group);
  return EXIT.ok;
}

async function runCommand(
  command: Command,
  words: readonly string[],
  terminal: Terminal,
  language: Language,
): Promise<number> {
  const { values, positionals } = parseWords(command, words);
  if (values.help) {
    printCommandHelp(terminal, language, command);
    return EXIT.ok;
  }
  if (values.lang !== undefined && values.lang !== 'en' && values.lang !== 'zh')
    throw new UsageError(TEXTS.unknownLanguage);
  checkArguments(command, positionals);
  const texts = Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'string'));
  const config = readConfig(texts as Record<string, string>);
  return command.run(createInvocation(values, positionals, config, terminal, language));
}

function createInvocation(
  values: Readonly<Record<string, string | boolean | undefined>>,
  positionals: readonly string[],
  config: Config,
  terminal: Terminal,
  language: Language,
): Invocation {
  return {
    arguments: positionals,
    option: (name) => values[name] as string | undefined,
    flag: (name) => values[name] === true,
    config,
    terminal,
    language,
    async withServices(work) {
      await requireInstallation(config);
      const services = await openServices(config);
      try {
        return await work(services);
      } finally {
        await services.close();
      }
    },
  };
}

function parseWords(command: Command, words: readonly string[]) {
  const settings = Object.entries(SETTINGS).filter(
    ([name, { flag }]) =>
      flag !== undefined && (command.takesServerSettings || name === 'dataDir' || name === 'databaseUrl'),
  );
  const options = {
    ...Object.fromEntries(settings.map(([, { flag }]) => [flag, { type: 'string' }])),
    ...Object.fromEntries(Object.entries(command.options ?? {}).map(([name, { type }]) => [name, { type }])),
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    lang: { type: 'string' },
  } as Record<string, { type: 'string' | 'boolean'; short?: string }>;
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const name = /'(--?[\w-]+)/.exec(message)?.[1] ?? '';
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw new UsageError(TEXTS.unknownOption, { name });
    throw new UsageError(/does not take/.test(message) ? TEXTS.optionTakesNone : TEXTS.optionNeedsValue, { name });
  }
}

function checkArguments(command: Command, positionals: readonly string[]): void {
  const wanted = command.arguments ?? [];
  const missing = wanted[positionals.length];
  if (missing !== undefined && !missing.isOptional)
    throw new UsageError(TEXTS.missingArgument, { name: `<${missing.name}>` });
  if (positionals.length > wanted.length) throw new UsageError(TEXTS.tooManyArguments);
}

/** The longest name that the words begin with. */
function findCommand(words: readonly string[]): Command | undefined {
  return [...COMMANDS]
    .sort((left, right) => right.name.length - left.name.length)
    .find(({ name }) => name.split(' ').every((part, index) => words[index] === part));
}

function requestedLanguage(words: readonly string[]): Language {
  const position = words.indexOf('--lang');
  const named = position >= 0 ? words[position + 1] : words.find((word) => word.startsWith('--lang='))?.slice(7);
  return named === 'zh' || named === 'en' ? named : terminalLanguage();
}

function report(error: unknown, terminal: Terminal, language: Language, command: Command | undefined): number {
  if (error instanceof UsageError) {
    const called = command === undefined ? 'factorport' : `factorport ${command.name}`;
    const hint = fillText(TEXTS.seeHelp, language, { command: called });
    const gap = language === 'en' ? ' ' : '';
    terminal.error(`${prefix(language)}${fillText(error.text, language, error.parameters)}${gap}${hint}`);
    return EXIT.usage;
  }
  if (error instanceof RemoteRefusal) {
    terminal.error(`${prefix(language)}${error.text[language]}`);
    return error.statusCode >= 500 ? EXIT.unusable : EXIT.refused;
  }
  if (error instanceof FactorportError) {
    terminal.error(`${prefix(language)}${error.describe(language)}`);
    return error.definition.statusCode >= 500 ? EXIT.unusable : EXIT.refused;
  }
  const reason = error instanceof Error ? error.message : String(error);
  terminal.error(`${prefix(language)}${fillText(TEXTS.unexpected, language, { reason })}`);
  return EXIT.unusable;
}

function prefix(language: Language): string {
  return language === 'zh' ? 'factorport：' : 'factorport: ';
}
