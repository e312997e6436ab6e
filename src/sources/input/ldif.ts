import type { SourceInput } from '../source.ts';
import { itemTooLarge, readLines } from './lines.ts';

/** A value as LDIF has it: text, bytes in base64, or an address that is never opened. */
export interface LdifValue {
  readonly kind: 'text' | 'base64' | 'url';
  readonly text: string;
}

export interface LdifRecord {
  /** By names in lower case, without options (`;binary`). */
  readonly attributes: ReadonlyMap<string, readonly LdifValue[]>;
  /** Of its first line, from 1. */
  readonly line: number;
  /** Whether every line of it could be read. */
  readonly isWhole: boolean;
}

const MAXIMUM_LENGTH = 1024 * 1024;
/** What a line costs beside its text, so that a million empty attributes are too large, too. */
const LINE_CHARACTERS = 64;

/**
 * Reads the records of an LDIF file (RFC 2849): folded lines, comments, the version line.
 *
 * @throws `source_item_too_large`; what {@link readLines} throws
 */
export async function* readLdif(input: SourceInput): AsyncGenerator<readonly LdifRecord[], void, undefined> {
  let open: { readonly number: number; readonly parts: string[] }[] = [];
  let length = 0;
  let count = 0;
  for await (const batch of readLines(input, { maximumLength: MAXIMUM_LENGTH })) {
    const records: LdifRecord[] = [];
    for (const { text, number } of batch) {
      if (text === '') {
        const record = readRecord(open);
        open = [];
        length = 0;
        if (record !== undefined) {
          count++;
          records.push(record);
        }
        continue;
      }
      length += text.length + LINE_CHARACTERS;
      if (length > MAXIMUM_LENGTH) throw itemTooLarge(count + 1, MAXIMUM_LENGTH);
      // RFC 2849 note 2: a line that begins with a space goes on with the one before, comments too.
      if (text.startsWith(' ')) open.at(-1)?.parts.push(text.slice(1));
      else open.push({ number, parts: [text] });
    }
    if (records.length > 0) yield records;
  }
  const last = readRecord(open);
  if (last !== undefined) yield [last];
}

function readRecord(
  lines: readonly { readonly number: number; readonly parts: readonly string[] }[],
): LdifRecord | undefined {
  const attributes = new Map<string, LdifValue[]>();
  let first: number | undefined;
  let isWhole = true;
  for (const { number, parts } of lines) {
    const text = parts.join('');
    if (text.startsWith('#') || (first === undefined && /^version:/i.test(text))) continue;
    first ??= number;
    const attribute = /^([A-Za-z0-9.-]+)(?:;[^:]*)?:([:<]?) *(.*)$/s.exec(text);
    if (attribute === null) isWhole = false;
    else {
      const [, name = '', mark, value = ''] = attribute;
      const kind = mark === ':' ? 'base64' : mark === '<' ? 'url' : 'text';
      const values = attributes.get(name.toLowerCase()) ?? [];
      attributes.set(name.toLowerCase(), values);
      values.push({ kind, text: value.trimEnd() });
    }
  }
  return first === undefined ? undefined : { attributes, line: first, isWhole };
}
