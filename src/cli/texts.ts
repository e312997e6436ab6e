import type { LocalText } from '../language.ts';

/** The sentences of the command line that belong to no single command. */
export const TEXTS = {
  tagline: {
    en: 'Moves authenticator registrations from one identity system to another, keeps them sealed, verifies codes.',
    zh: '在身份系统之间迁移身份验证器绑定信息，密封保存，并校验验证码。',
  },
  usage: { en: 'Usage:', zh: '用法：' },
  commands: { en: 'Commands:', zh: '命令：' },
  options: { en: 'Options:', zh: '选项：' },
  optionsPlace: { en: 'options', zh: '选项' },
  arguments: { en: 'Arguments:', zh: '参数：' },
  settings: { en: 'Settings, each also by environment:', zh: '设置（均可通过环境变量指定）：' },
  examples: { en: 'Examples:', zh: '示例：' },
  exitCodes: { en: 'Exit codes:', zh: '退出码：' },
  default: { en: ' Default: {value}.', zh: '默认：{value}。' },
  moreHelp: {
    en: 'More about a command: factorport COMMAND --help',
    zh: '查看某个命令的详细用法：factorport 命令 --help',
  },
  json: { en: 'Print JSON, for programs.', zh: '以 JSON 输出，供程序读取。' },
  help: { en: 'Show this help.', zh: '显示帮助。' },
  lang: { en: 'Language of the texts: en or zh.', zh: '文本语言：en 或 zh。' },
  pool: { en: 'User pool; the default one if not given.', zh: '用户池，默认为初始用户池。' },
  unknownCommand: { en: 'There is no command "{name}".', zh: '没有“{name}”命令。' },
  unknownOption: { en: 'There is no option "{name}" here.', zh: '此命令没有“{name}”选项。' },
  optionNeedsValue: { en: 'The option "{name}" needs a value.', zh: '选项“{name}”需要取值。' },
  optionTakesNone: { en: 'The option "{name}" takes no value.', zh: '选项“{name}”不需要取值。' },
  badOption: { en: 'The option "{name}" is not valid: {expected}.', zh: '选项“{name}”无效：{expected}。' },
  unknownLanguage: { en: 'The option "--lang" must be en or zh.', zh: '选项“--lang”只能是 en 或 zh。' },
  missingArgument: { en: 'The argument {name} is missing.', zh: '缺少参数 {name}。' },
  tooManyArguments: { en: 'Too many arguments.', zh: '参数过多。' },
  seeHelp: { en: 'See: {command} --help', zh: '请参阅：{command} --help' },
  unexpected: { en: 'Unexpected failure: {reason}', zh: '意外错误：{reason}' },
} as const satisfies Record<string, LocalText>;
