import { readFile } from 'node:fs/promises';
import { FactorportError } from '../../errors/error.ts';
import { ON_EXISTING } from '../../import/entry.ts';
import { type JobOptions, MATCH_TYPES } from '../../import/jobs/job.ts';
import { readAssumption } from '../../import/jobs/option-text.ts';
import type { LocalText } from '../../language.ts';
import { ALGORITHMS, OTP_TYPES } from '../../otp/parameters.ts';
import { SECRET_ENCODINGS, TABLE_FIELDS } from '../../sources/source.ts';
import { type CommandOption, type Invocation, UsageError } from '../command.ts';
import { TEXTS as SHARED_TEXTS } from '../texts.ts';

function textOption(placeholder: string, en: string, zh: string): CommandOption {
  return { type: 'string', placeholder, text: { en, zh } };
}

function flagOption(en: string, zh: string): CommandOption {
  return { type: 'boolean', text: { en, zh } };
}

/** How a file is read and what is done with it, for `import` and `import resume`. */
export const JOB_OPTIONS: Readonly<Record<string, CommandOption>> = {
  format: textOption(
    'NAME',
    'Format of the file; recognised by its content if not given. See: factorport sources',
    '文件格式，默认按内容识别。可用格式见：factorport sources',
  ),
  match: textOption(
    'TYPE',
    `By what users are found: ${MATCH_TYPES.join(', ')} (default: user_id).`,
    `按何种标识查找用户：${MATCH_TYPES.join('、')}（默认 user_id）。`,
  ),
  'create-users': flagOption('Create users who are missing.', '创建不存在的用户。'),
  'on-existing': textOption(
    'WHAT',
    `What to do with users who have another OTP: ${ON_EXISTING.join(', ')} (default: replace).`,
    `用户已有不同 OTP 时的处理方式：${ON_EXISTING.join('、')}（默认 replace）。`,
  ),
  'dry-run': flagOption(
    'Do everything but write, and say what would happen.',
    '试运行：只检查并报告结果，不写入数据。',
  ),
  map: textOption(
    'FIELD=COLUMN,…',
    `For tables: which column is which, by heading or number. Fields: ${TABLE_FIELDS.join(', ')}.`,
    `用于表格：指定各列含义，列可用标题或序号表示。字段：${TABLE_FIELDS.join('、')}。`,
  ),
  encoding: textOption(
    'NAME',
    `How the secret column is written: ${SECRET_ENCODINGS.join(', ')}.`,
    `密钥列的编码：${SECRET_ENCODINGS.join('、')}。`,
  ),
  assume: textOption(
    'NAME=VALUE,…',
    'What the file leaves out: type, algorithm, digits, period.',
    '文件未说明的参数：type、algorithm、digits、period。',
  ),
  'password-file': textOption(
    'FILE',
    'File whose first line is the password or key of an encrypted file; asked for at a terminal if needed.',
    '加密文件的密码或密钥所在文件，取第一行；需要时也会在终端询问。',
  ),
  'max-errors': textOption(
    'N|N%',
    'Stop before more items than this fail (default: 50%, looked at from 1000 items on).',
    '失败项超过此数量或比例即停止（默认 50%，处理满 1000 项后开始判断）。',
  ),
};

/** @returns the options that were given; @throws UsageError for the first that is not valid */
export function readGivenOptions(invocation: Invocation): Partial<JobOptions> {
  const { option, flag } = invocation;
  const map = option('map');
  const assume = option('assume');
  return {
    ...withName('format', option('format')),
    ...withName('match', oneOf(invocation, 'match', MATCH_TYPES)),
    ...withName('onExisting', oneOf(invocation, 'on-existing', ON_EXISTING)),
    ...withName('encoding', oneOf(invocation, 'encoding', SECRET_ENCODINGS)),
    ...(flag('create-users') ? { createUsers: true } : {}),
    ...(flag('dry-run') ? { dryRun: true } : {}),
    ...(map === undefined ? {} : { mapping: readMap(map) }),
    ...(assume === undefined ? {} : { assume: readAssume(assume) }),
    ...readMaxErrors(option('max-errors')),
  };
}

/** The password of the file where one is named. @throws `file_unreadable`; UsageError where the first line is empty */
export async function readPasswordFile({ option }: Invocation): Promise<string | undefined> {
  const path = option('password-file');
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new FactorportError('file_unreadable', { parameters: { path, reason: error.code ?? '' }, cause: error });
  });
  // Editors on Windows begin a file with a byte order mark, which nobody means to be of the password.
  const password = (text.split('\n')[0] as string).replace(/^\ufeff/, '').replace(/\r$/, '');
  if (password !== '') return password;
  throw expecting('--password-file', {
    en: `the password must stand in the first line of ${path}, which is empty`,
    zh: `密码应写在 ${path} 的第一行，而该行为空`,
  });
}

function withName<Value>(name: string, value: Value | undefined): Record<string, Value> {
  return value === undefined ? {} : { [name]: value };
}

function oneOf<Name extends string>({ option }: Invocation, name: string, names: readonly Name[]): Name | undefined {
  const given = option(name);
  if (given === undefined) return undefined;
  const found = names.find((candidate) => candidate === given);
  if (found === undefined) throw expecting(`--${name}`, oneOfText(names));
  return found;
}

/** Columns may have commas in their headings, so only a comma before another field parts two. */
function readMap(text: string): Record<string, string> {
  const parts = text.split(new RegExp(`,(?=\\s*(?:${TABLE_FIELDS.join('|')})\\s*=)`));
  return Object.fromEntries(
    parts.map((part) => {
      const [, name = '', column = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
      if (!(TABLE_FIELDS as readonly string[]).includes(name) || column === '') {
        const names = TABLE_FIELDS.join(', ');
        throw expecting('--map', {
          en: `write FIELD=COLUMN, with a field of ${names}`,
          zh: `格式为 字段=列，字段可为 ${names}`,
        });
      }
      return [name, column];
    }),
  );
}

const ASSUMABLE: Readonly<Record<string, (value: string | number) => boolean>> = {
  type: (value) => (OTP_TYPES as readonly unknown[]).includes(value),
  algorithm: (value) => (ALGORITHMS as readonly unknown[]).includes(value),
  digits: (value) => value === 6 || value === 7 || value === 8,
  period: (value) => typeof value === 'number' && value >= 5 && value <= 300,
};

function readAssume(text: string): JobOptions['assume'] {
  const assumed = readAssumption(text.split(','));
  for (const [name, value] of Object.entries(assumed)) {
    if (Object.hasOwn(ASSUMABLE, name) && ASSUMABLE[name]?.(value)) continue;
    throw expecting('--assume', {
      en: `type=totp|hotp, algorithm=${ALGORITHMS.join('|')}, digits=6|7|8, period=5…300`,
      zh: `可用 type=totp|hotp、algorithm=${ALGORITHMS.join('|')}、digits=6|7|8、period=5…300`,
    });
  }
  const { period, ...rest } = assumed;
  return { ...rest, ...(typeof period === 'number' ? { periodSeconds: period } : {}) };
}

function readMaxErrors(text: string | undefined): Partial<JobOptions> {
  if (text === undefined) return {};
  const [, number, percent] = /^(\d{1,9}(?:\.\d{1,4})?)(%?)$/.exec(text) ?? [];
  const value = Number(number);
  if (percent === '%' && value <= 100) return { maxErrorShare: value / 100 };
  if (percent === '' && Number.isInteger(value)) return { maxErrors: value, maxErrorShare: 1 };
  throw expecting('--max-errors', { en: 'a whole number, or a share like 5%', zh: '应为整数，或如 5% 的比例' });
}

function oneOfText(names: readonly string[]): LocalText {
  return { en: `it must be one of ${names.join(', ')}`, zh: `应为 ${names.join('、')} 之一` };
}

function expecting(name: string, expected: LocalText): UsageError {
  return new UsageError(SHARED_TEXTS.badOption, { name, expected });
}
