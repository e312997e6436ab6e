import { parse } from 'yaml';
import { FactorportError } from '../errors/error.ts';
import { itemTooLarge, readLines } from './input/lines.ts';
import { decodeBase64, toSourceItem } from './registration.ts';
import type { Place, Recognition, Signs, Source, SourceInput, SourceItem } from './source.ts';

const MAXIMUM_LENGTH = 64 * 1024;
const LIST = 'totp_configurations';
const NAMES = { secret: 'secret', algorithm: 'algorithm', digits: 'digits', period: 'period' };

/**
 * Authelia's export of its TOTP configurations in YAML. The secret is written as base64 of its base32 text.
 */
export const authelia: Source = {
  name: 'authelia',
  title: { en: 'Authelia TOTP export (YAML)', zh: 'Authelia TOTP 导出（YAML）' },
  howToExport: {
    en: '`authelia storage user totp export yaml --file authelia.export.totp.yml`',
    zh: '执行：`authelia storage user totp export yaml --file authelia.export.totp.yml`',
  },
  recognise({ text }: Signs): Recognition | undefined {
    if (text === undefined || !/^totp_configurations:[ \t]*(#.*)?\r?$/m.test(text)) return undefined;
    return {
      certainty: 'sure',
      because: { en: 'it has a list "totp_configurations"', zh: '包含“totp_configurations”列表' },
    };
  },
  async *read(input) {
    let item = 0;
    for await (const batch of readListItems(input)) {
      yield batch.map(({ text, line }) => readConfiguration(text, { item: ++item, line }));
    }
  },
};

interface YamlItem {
  readonly text: string;
  readonly line: number;
}

/**
 * Parts the list into its items by their indentation, so that not more than one of them is parsed at a time. References
 * from one item to another are not followed; no export has them.
 */
async function* readListItems(input: SourceInput): AsyncGenerator<readonly YamlItem[], void, undefined> {
  let indentation: number | undefined;
  let isInList = false;
  let wasFound = false;
  let open: string[] = [];
  let start = 0;
  let length = 0;
  let count = 0;
  const close = (items: YamlItem[]): void => {
    if (open.length > 0) items.push({ text: open.join('\n'), line: start });
    open = [];
    length = 0;
  };
  for await (const batch of readLines(input)) {
    const items: YamlItem[] = [];
    for (const { text, number } of batch) {
      const dash = isInList ? /^( *)-( |$)/.exec(text) : null;
      if (dash !== null && (indentation ?? dash[1]?.length) === dash[1]?.length) {
        close(items);
        indentation = dash[1]?.length ?? 0;
        start = number;
        count++;
        open.push(text);
      } else if (/^[^\s#-]/.test(text)) {
        close(items);
        isInList = text.startsWith(`${LIST}:`);
        wasFound ||= isInList;
        indentation = undefined;
      } else if (open.length > 0) open.push(text);
      length += text.length;
      if (isInList && length > MAXIMUM_LENGTH) throw itemTooLarge(count, MAXIMUM_LENGTH);
    }
    if (items.length > 0) yield items;
  }
  const items: YamlItem[] = [];
  close(items);
  if (items.length > 0) yield items;
  if (!wasFound) throw new FactorportError('source_not_this_format', { parameters: { format: 'authelia' } });
}

function readConfiguration(text: string, place: Place): SourceItem {
  const fields = parseItem(text);
  if (fields === undefined) {
    return { kind: 'problem', problem: { place, user: {}, field: '', reason: 'row_damaged' } };
  }
  const { username, secret, algorithm, digits, period } = fields;
  const user = typeof username === 'string' && username !== '' ? { username } : {};
  const inner = typeof secret === 'string' ? decodeBase64(secret) : undefined;
  return toSourceItem(
    {
      place,
      user,
      secret:
        inner instanceof Uint8Array
          ? { text: Buffer.from(inner).toString('latin1'), encoding: 'base32' }
          : { text: secret, encoding: 'base64' },
      algorithm: present(algorithm),
      digits: present(digits),
      periodSeconds: present(period),
    },
    NAMES,
  );
}

/** A field that is there without a value is not understood, so its default must not take its place. */
function present(value: unknown): unknown {
  return value === '' ? 'empty' : value;
}

/**
 * Collections in each other, and keys that are collections, cost the parser the exponent of their number: half a minute for
 * 500. An item has none; in texts there may be a few of the same marks.
 */
const MAXIMUM_MARKS = 16;

/** By the failsafe schema every value stays the text that it is. */
function parseItem(text: string): { readonly [name: string]: unknown } | undefined {
  if (text.replace(/[^?[{]/g, '').length > MAXIMUM_MARKS) return undefined;
  try {
    const items: unknown = parse(text, { schema: 'failsafe', maxAliasCount: 0, logLevel: 'silent' });
    const item: unknown = Array.isArray(items) && items.length === 1 ? items[0] : undefined;
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
    return item as { readonly [name: string]: unknown };
  } catch {
    return undefined;
  }
}
