import { readAuthingItem } from './authing-item.ts';
import { readJsonRecords } from './input/json-records.ts';
import { readLines } from './input/lines.ts';
import { readText } from './input/text.ts';
import type { Place, Recognition, Signs, Source, SourceInput, SourceItem } from './source.ts';

/** `ImportOtpReqDto` of Authing's v3 API as a file: `{"list": […]}`, a list of its items, or one item a line (NDJSON). */
export const authing: Source = {
  name: 'authing',
  title: { en: 'Authing v3 JSON or NDJSON', zh: 'Authing v3 JSON 或 NDJSON' },
  howToExport: {
    en: 'The body of `POST /api/v3/import-otp`, `{"list": [{"userId": …, "otp": {"secret": …}}]}`, as a file; or one such item a line. The report of failed rows is such a file, too.',
    zh: '将 `POST /api/v3/import-otp` 的请求体 `{"list": [{"userId": …, "otp": {"secret": …}}]}` 保存为文件；或每行一个这样的对象（NDJSON）。失败行报告也是这种文件。',
  },
  recognise,
  async *read(input) {
    const isLines = await holdsLines(input);
    yield* isLines ? readItemLines(input) : readItemList(input);
  },
};

function recognise({ json, isWhole }: Signs): Recognition | undefined {
  if (json === undefined) return undefined;
  const { paths } = json;
  for (const parent of ['list.*.', '*.', '']) {
    if (paths.has(`${parent}userId`) && paths.has(`${parent}otp.secret`)) {
      return {
        certainty: 'sure',
        because: {
          en: 'its items have "userId" and "otp.secret"',
          zh: '各项包含“userId”和“otp.secret”',
        },
      };
    }
  }
  if (!isWhole || !(paths.has('list') || paths.has('list.*.userId'))) return undefined;
  return { certainty: 'possible', because: { en: 'it has a "list"', zh: '包含“list”' } };
}

async function* readItemList(input: SourceInput): AsyncGenerator<readonly SourceItem[], void, undefined> {
  let item = 0;
  for await (const records of readJsonRecords(input, ['', 'list.*'])) {
    const items: SourceItem[] = [];
    for (const record of records) {
      if (record.kind === 'record' && record.path === '' && isContainer(record.value)) continue;
      const place = { item: ++item, line: record.place.line };
      items.push(record.kind === 'record' ? toItem(record.value, place) : damagedItem(place));
    }
    if (items.length > 0) yield items;
  }
}

/** The document around an empty list. */
function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'list');
}

async function* readItemLines(input: SourceInput): AsyncGenerator<readonly SourceItem[], void, undefined> {
  let item = 0;
  for await (const batch of readLines(input)) {
    const items: SourceItem[] = [];
    for (const { text, number } of batch) {
      if (text.length > 0 && text.trim() !== '') items.push(readItem(text, { item: ++item, line: number }));
    }
    if (items.length > 0) yield items;
  }
}

function readItem(text: string, place: Place): SourceItem {
  let value: unknown;
  try {
    // A member "__proto__" becomes a member like any other here, and is refused as unknown.
    value = JSON.parse(text);
  } catch {
    return damagedItem(place);
  }
  return toItem(value, place);
}

function damagedItem(place: Place): SourceItem {
  return { kind: 'problem', problem: { place, user: {}, field: '', reason: 'row_damaged' } };
}

function toItem(value: unknown, place: Place): SourceItem {
  const result = readAuthingItem(withoutProblem(value), place.item - 1);
  if (!result.ok) {
    const { userId, field, reason, parameters } = result.problem;
    const user = userId === undefined ? {} : { id: userId };
    return { kind: 'problem', problem: { place, user, field, reason, parameters } };
  }
  const { userId, seed, parameters, counter, recoveryCodes } = result.entry;
  return { kind: 'entry', entry: { place, user: { id: userId }, seed, parameters, counter, recoveryCodes } };
}

/** The report of failed rows says in this member why each failed; mended, it is imported as it is. */
function withoutProblem(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'problem')) return value;
  const { problem: _, ...item } = value as { problem: unknown };
  return item;
}

/**
 * Whether the first line begins as an item does. Lines are read several times as fast as other JSON, in which documents a
 * line are found, too, where the first is damaged.
 */
async function holdsLines(input: SourceInput): Promise<boolean> {
  let head = '';
  for await (const piece of readText(input)) {
    head += piece;
    if (head.length >= HEAD_LENGTH) break;
  }
  return /^\s*\{[ \t]*"(userId|otp|problem)"/.test(head.slice(0, HEAD_LENGTH));
}

const HEAD_LENGTH = 1024;
