import type { Config } from '../config.ts';
import type { Language, LocalText, TextParameters } from '../language.ts';
import type { Services } from '../services.ts';
import type { Terminal } from './terminal.ts';

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help, like `ID`. */
  readonly placeholder?: string;
  readonly text: LocalText;
}

export interface CommandArgument {
  readonly name: string;
  readonly text: LocalText;
  /** Only the last one can be left out. */
  readonly isOptional?: boolean;
}

/** What a command works with. Options are by their name on the command line. */
export interface Invocation {
  readonly arguments: readonly string[];
  option(name: string): string | undefined;
  flag(name: string): boolean;
  readonly config: Config;
  readonly terminal: Terminal;
  readonly language: Language;
  /** Opens the services, gives them to the work and closes them, whatever happens. */
  withServices<Result>(work: (services: Services) => Promise<Result>): Promise<Result>;
}

/** A command: everything about it in one place, for running it, for its help and for docs/cli.md. */
export interface Command {
  /** The words that name it, like `keys create`. */
  readonly name: string;
  readonly summary: LocalText;
  readonly arguments?: readonly CommandArgument[];
  readonly options?: Readonly<Record<string, CommandOption>>;
  /** Settings of the service, by their flags, that the command takes beside the ones of the database. */
  readonly takesServerSettings?: boolean;
  readonly examples: readonly string[];
  /** @returns the exit code, {@link EXIT} */
  run(invocation: Invocation): Promise<number>;
}

/** What an exit code says. docs/cli.md is made from these. */
export const EXIT = { ok: 0, refused: 1, usage: 2, unusable: 3 } as const;

export const EXIT_TEXTS: Readonly<Record<keyof typeof EXIT, LocalText>> = {
  ok: { en: 'Done.', zh: '成功。' },
  refused: {
    en: 'The request was refused: wrong code, unknown user or key, a failed check of doctor, items of an import that failed.',
    zh: '请求被拒绝：验证码错误、用户或密钥不存在、doctor 检查未通过、导入中有失败的项等。',
  },
  usage: { en: 'The command line is wrong; nothing was done.', zh: '命令行有误，未执行任何操作。' },
  unusable: {
    en: 'The service cannot work: settings, data directory, database or master key.',
    zh: '服务无法运行：设置、数据目录、数据库或主密钥存在问题。',
  },
};

/** A command line that cannot be carried out as it stands; ends with {@link EXIT}.usage. */
export class UsageError extends Error {
  readonly text: LocalText;
  readonly parameters: TextParameters;
  constructor(text: LocalText, parameters: TextParameters = {}) {
    super(text.en);
    this.text = text;
    this.parameters = parameters;
  }
}
