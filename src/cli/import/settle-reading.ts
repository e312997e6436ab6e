import { FactorportError } from '../../errors/error.ts';
import type { InspectionDto } from '../../import/jobs/inspection-dto.ts';
import { type JobOptions, MATCH_TYPES } from '../../import/jobs/job.ts';
import { fillText, type Language, type LocalText } from '../../language.ts';
import { findSource } from '../../sources/registry.ts';
import { SECRET_ENCODINGS, type SecretEncoding, type TableField } from '../../sources/source.ts';
import type { Person, Terminal } from '../terminal.ts';
import type { JobsClient } from './jobs-client.ts';
import { RemoteRefusal } from './remote-refusal.ts';

/** How a file is to be read, as far as it is settled. */
export interface Reading {
  readonly options: Partial<JobOptions>;
  readonly secret: string | undefined;
}

const TEXTS = {
  format: { en: 'The file can be of more than one format. Which is it?', zh: '文件可能属于多种格式，请选择：' },
  secretColumn: { en: 'Which column holds the secrets?', zh: '哪一列是密钥？' },
  userColumn: { en: 'Which column names the user?', zh: '哪一列是用户标识？' },
  match: { en: 'What stands in that column?', zh: '该列是哪种标识？' },
  encoding: {
    en: 'The secrets can be read in more than one way. How are they written?',
    zh: '密钥有多种可能的编码，请选择：',
  },
  password: { en: 'The file is encrypted. Password or key:', zh: '文件已加密，请输入密码或密钥：' },
  passwordOf: { en: 'The file is encrypted. Needed: {what}:', zh: '文件已加密，请输入{what}：' },
  wrong: { en: 'It does not open with that.', zh: '无法打开。' },
  recognised: { en: 'Format: {format} ({because})', zh: '格式：{format}（{because}）' },
  columns: { en: 'Columns: {columns}', zh: '列：{columns}' },
  number: { en: 'Number:', zh: '序号：' },
  again: { en: 'A number from 1 to {count}, please.', zh: '请输入 1 至 {count} 的序号。' },
} as const satisfies Record<string, LocalText>;

/** More questions than this come only of answers that never fit. */
const MAXIMUM_QUESTIONS = 12;
const USER_FIELDS: readonly TableField[] = ['user_id', 'external_id', 'username', 'email', 'phone', 'user', 'serial'];

/**
 * Has the file of a job recognised, and asks whoever sits at the terminal for what cannot be told from it: its password,
 * its format, its columns. Where nobody does, the refusal says which option to give.
 */
export async function settleReading(
  client: JobsClient,
  jobId: string,
  start: Reading,
  terminal: Terminal,
  language: Language,
): Promise<Reading> {
  let reading = start;
  for (let asked = 0; ; asked++) {
    const person = asked < MAXIMUM_QUESTIONS ? terminal.person : undefined;
    const say = (text: LocalText) => terminal.error(text[language]);
    try {
      const inspection = await client.inspect(jobId, readingOf(reading.options), reading.secret);
      if (person === undefined) return reading;
      const change = await askAboutTable(inspection, reading, { person, say, language });
      if (change === undefined) {
        tellInspection(inspection, terminal, language);
        return reading;
      }
      reading = { ...reading, options: { ...reading.options, ...change } };
    } catch (error) {
      const refusal = refusalOf(error);
      if (person === undefined || refusal === undefined) throw error;
      reading = await askAboutRefusal(refusal, reading, { person, say, language }, error);
    }
  }
}

interface Asking {
  readonly person: Person;
  readonly say: (text: LocalText) => void;
  readonly language: Language;
}

interface Refusal {
  readonly code: string;
  readonly candidates: readonly string[];
  readonly what: LocalText | undefined;
}

function refusalOf(error: unknown): Refusal | undefined {
  const data = (error as { data?: unknown }).data as { error?: string; candidates?: string[] } | undefined;
  const candidates = data?.candidates ?? [];
  if (error instanceof FactorportError) {
    const { what } = error.parameters;
    return { code: error.code, candidates, what: typeof what === 'object' ? what : undefined };
  }
  if (error instanceof RemoteRefusal) return { code: data?.error ?? '', candidates, what: undefined };
  return undefined;
}

async function askAboutRefusal(
  { code, candidates, what }: Refusal,
  reading: Reading,
  asking: Asking,
  error: unknown,
): Promise<Reading> {
  const { person, say, language } = asking;
  if (code === 'source_secret_needed' || code === 'source_secret_wrong') {
    if (code === 'source_secret_wrong') say(TEXTS.wrong);
    const text = what === undefined ? TEXTS.password : TEXTS.passwordOf;
    return { ...reading, secret: await person.askSecret(fillText(text, language, what === undefined ? {} : { what })) };
  }
  if (code === 'source_ambiguous' && candidates.length > 1) {
    const titles = candidates.map((name) => `${name}  ${findSource(name)?.title[language] ?? ''}`.trimEnd());
    const format = candidates[await choose(TEXTS.format, titles, asking)] as string;
    return { ...reading, options: { ...reading.options, format } };
  }
  throw error;
}

/** @returns what was answered, or `undefined` where there is nothing to ask */
async function askAboutTable(
  { table }: InspectionDto,
  { options }: Reading,
  asking: Asking,
): Promise<Partial<JobOptions> | undefined> {
  if (table === null) return undefined;
  const mapping = { ...table.mapping, ...options.mapping };
  const headings = table.columns.map(({ heading }) => heading);
  const askColumn = async (question: LocalText) => String((await choose(question, headings, asking)) + 1);
  if (mapping.secret === undefined) {
    return { mapping: { ...options.mapping, secret: await askColumn(TEXTS.secretColumn) } };
  }
  if (!USER_FIELDS.some((field) => mapping[field] !== undefined)) {
    const user = await askColumn(TEXTS.userColumn);
    const match = options.match ?? MATCH_TYPES[await choose(TEXTS.match, MATCH_TYPES, asking)] ?? 'user_id';
    return { mapping: { ...options.mapping, user }, match };
  }
  if (table.encoding !== null || options.encoding !== undefined) return undefined;
  return { encoding: SECRET_ENCODINGS[await choose(TEXTS.encoding, SECRET_ENCODINGS, asking)] as SecretEncoding };
}

/** @returns the position of what was chosen */
async function choose(
  question: LocalText,
  choices: readonly string[],
  { person, say, language }: Asking,
): Promise<number> {
  say(question);
  for (const [index, choice] of choices.entries()) {
    const line = `  ${String(index + 1).padStart(2)}  ${choice}`;
    say({ en: line, zh: line });
  }
  for (;;) {
    const answer = await person.ask(TEXTS.number[language]);
    const number = /^\d{1,4}$/.test(answer) ? Number(answer) : 0;
    if (number >= 1 && number <= choices.length) return number - 1;
    const again = { count: choices.length };
    say({ en: fillText(TEXTS.again, 'en', again), zh: fillText(TEXTS.again, 'zh', again) });
  }
}

function tellInspection({ format, because, table }: InspectionDto, terminal: Terminal, language: Language): void {
  terminal.error(fillText(TEXTS.recognised, language, { format, because: because ?? '' }));
  if (table === null) return;
  const columns = Object.entries(table.mapping).map(([field, column]) => `${field}=${column}`);
  terminal.error(fillText(TEXTS.columns, language, { columns: columns.join(', ') }));
}

function readingOf({ format, mapping, encoding, assume }: Partial<JobOptions>) {
  return {
    ...(format === undefined ? {} : { format }),
    ...(mapping === undefined ? {} : { mapping }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(assume === undefined ? {} : { assume }),
  };
}
