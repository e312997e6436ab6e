import { SETTINGS } from '../config.ts';
import type { Language, LocalText } from '../language.ts';
import { VERSION } from '../version.ts';
import { type Command, type CommandArgument, EXIT, EXIT_TEXTS } from './command.ts';
import type { Terminal } from './terminal.ts';
import { TEXTS } from './texts.ts';

const DATABASE_SETTINGS = ['dataDir', 'databaseUrl', 'masterKey', 'masterKeyUri'];

/** What `factorport` and `factorport --help` say. */
export function printOverview(terminal: Terminal, language: Language, commands: readonly Command[]): void {
  const say = (text: LocalText) => text[language];
  terminal.line(`factorport ${VERSION}  ${say(TEXTS.tagline)}`);
  section(
    terminal,
    say(TEXTS.commands),
    commands.map((command) => [command.name, say(command.summary)]),
  );
  terminal.line();
  terminal.line(say(TEXTS.moreHelp));
}

/** What `factorport COMMAND --help` says. */
export function printCommandHelp(terminal: Terminal, language: Language, command: Command): void {
  const say = (text: LocalText) => text[language];
  const names = (command.arguments ?? []).map((argument) => ` ${argumentName(argument)}`).join('');
  terminal.line(say(command.summary));
  terminal.line();
  terminal.line(
    `${say(TEXTS.usage)}${language === 'en' ? ' ' : ''}factorport ${command.name}${names} [${say(TEXTS.optionsPlace)}]`,
  );
  section(
    terminal,
    say(TEXTS.arguments),
    (command.arguments ?? []).map((argument) => [argumentName(argument), say(argument.text)]),
  );
  section(terminal, say(TEXTS.options), optionRows(command, say));
  section(terminal, say(TEXTS.settings), settingRows(command, say));
  section(
    terminal,
    say(TEXTS.examples),
    command.examples.map((example) => [example]),
  );
  const exitRows = Object.entries(EXIT).map(([name, code]) => [
    String(code),
    say(EXIT_TEXTS[name as keyof typeof EXIT]),
  ]);
  section(terminal, say(TEXTS.exitCodes), exitRows);
}

/** `<name>`, or `[<name>]` where it can be left out. */
export function argumentName({ name, isOptional }: CommandArgument): string {
  return isOptional ? `[<${name}>]` : `<${name}>`;
}

/** Options of the command's own, then those that every command takes. */
export function optionRows(command: Command, say: (text: LocalText) => string): string[][] {
  const own = Object.entries(command.options ?? {}).map(([name, { placeholder, text }]) => [
    placeholder === undefined ? `--${name}` : `--${name} ${placeholder}`,
    say(text),
  ]);
  return [...own, ['--json', say(TEXTS.json)], ['--lang LANG', say(TEXTS.lang)], ['--help', say(TEXTS.help)]];
}

/** Flag, environment variable and meaning of every setting that the command takes. */
export function settingRows(command: Command, say: (text: LocalText) => string): string[][] {
  return Object.entries(SETTINGS)
    .filter(([name]) => command.takesServerSettings || DATABASE_SETTINGS.includes(name))
    .map(([, setting]) => {
      const standard = setting.default === undefined ? '' : say(TEXTS.default).replace('{value}', setting.default);
      return [setting.flag === undefined ? '' : `--${setting.flag}`, setting.environment, say(setting) + standard];
    });
}

function section(terminal: Terminal, title: string, rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  terminal.line();
  terminal.line(title);
  terminal.table(rows.map((row) => [`  ${row[0]}`, ...row.slice(1)]));
}
