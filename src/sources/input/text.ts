import { isAscii, isUtf8 } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';
import { FactorportError } from '../../errors/error.ts';
import type { SourceInput } from '../source.ts';

/** What text is written in; `ascii` where so far it could be UTF-8 and GB18030 alike. */
export type TextEncoding = 'ascii' | 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030';

/** How much of a file tells UTF-16 without a byte order mark from the rest. */
const HEAD_BYTES = 4096;
/** UTF-16 of any export has ASCII in it: separators, digits, keys. */
const MINIMUM_ZERO_SHARE = 1 / 8;
const MINIMUM_ZERO_RATIO = 4;
const LONGEST_SEQUENCE_BYTES = 4;
/** Names beyond ASCII; as many tell one language from another. */
const ENOUGH_RUNS = 100_000;

/**
 * Decodes a file: UTF-8, UTF-16 of either order with or without a byte order mark, and GB18030, which GBK and GB 2312 are
 * part of, where the bytes are no UTF-8. The mark is left out. The same text comes of any cutting of the bytes.
 *
 * Pure ASCII is read once. At the first other byte the rest of the file is looked through for whether all of it is UTF-8,
 * because a name in GBK may look like UTF-8 for long.
 *
 * @throws `source_damaged` where it is text in none of them, or ends inside a character
 */
export async function* readText(input: SourceInput): AsyncGenerator<string, void, undefined> {
  const chunks = withHead(input.open());
  let decode: Decoder | undefined;
  let isHead = true;
  for await (let chunk of chunks) {
    if (isHead) {
      const mark = byteOrderMark(chunk);
      const encoding = mark?.encoding ?? encodingByZeros(chunk);
      if (encoding !== undefined) decode = createDecoder(encoding);
      if (mark !== undefined) chunk = chunk.subarray(mark.length);
      isHead = false;
    }
    if (decode === undefined && !isAscii(chunk)) decode = createDecoder(await decideEncoding(input));
    const text = decode === undefined ? latin1(chunk) : decode(chunk, false);
    if (text !== '') yield text;
  }
  const rest = decode?.(new Uint8Array(0), true) ?? '';
  if (rest !== '') yield rest;
}

/**
 * Decodes the beginning of a file for its recognition.
 *
 * @param isWhole whether the file ends there; otherwise a character cut at the end is left out
 * @returns `undefined` where it is not text
 */
export function decodeHead(bytes: Uint8Array, isWhole: boolean): string | undefined {
  const mark = byteOrderMark(bytes);
  const body = mark === undefined ? bytes : bytes.subarray(mark.length);
  const encoding = mark?.encoding ?? encodingByZeros(bytes.subarray(0, HEAD_BYTES)) ?? encodingOfHead(body);
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(body, { stream: !isWhole || encoding === 'utf-8' });
    return hasControlCharacters(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

type Decoder = (chunk: Uint8Array, isLast: boolean) => string;

function createDecoder(encoding: TextEncoding): Decoder {
  if (encoding === 'utf-8') return createUtf8Decoder();
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return (chunk, isLast) => {
    try {
      return decoder.decode(chunk, { stream: !isLast });
    } catch {
      throw notText();
    }
  };
}

/** Several times as fast as `TextDecoder` on streams. */
function createUtf8Decoder(): Decoder {
  const decoder = new StringDecoder('utf8');
  const check = createUtf8Check();
  return (chunk, isLast) => {
    if (!check(chunk)) throw notText();
    const text = decoder.write(chunk);
    const rest = isLast ? decoder.end() : '';
    if (rest !== '') throw notText();
    return text;
  };
}

/**
 * UTF-8 if the whole file is, but for a last character that is cut; otherwise GB18030, if it looks like that.
 *
 * @throws `source_damaged`
 */
async function decideEncoding(input: SourceInput): Promise<TextEncoding> {
  const check = createUtf8Check();
  for await (const chunk of input.open()) {
    if (check(chunk)) continue;
    if (await hasPairs(input)) return 'gb18030';
    throw notText();
  }
  return 'utf-8';
}

/**
 * Whether the bytes beyond ASCII mostly stand in pairs, as those of Chinese do. In the code pages of the West they stand alone,
 * and could be read as GB18030 together with the letter behind them: "Müller" would become another name.
 */
async function hasPairs(input: SourceInput): Promise<boolean> {
  const runs = { even: 0, odd: 0 };
  let length = 0;
  const end = (): void => {
    if (length > 0) runs[length % 2 === 0 ? 'even' : 'odd']++;
    length = 0;
  };
  for await (const chunk of input.open()) {
    for (const byte of chunk) {
      if (byte >= 0x80) length++;
      else if (length > 0) end();
      if (runs.even + runs.odd === ENOUGH_RUNS) return runs.even >= runs.odd;
    }
  }
  end();
  return runs.even >= runs.odd;
}

/** Checks a stream, keeping what may be the beginning of a character for the next chunk. */
function createUtf8Check(): (chunk: Uint8Array) => boolean {
  let carried: Uint8Array = new Uint8Array(0);
  return (chunk) => {
    const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
    const end = bytes.length - incompleteLength(bytes);
    // A copy: the chunk's memory may be used again by whoever reads the file.
    carried = bytes.slice(end);
    return isUtf8(bytes.subarray(0, end));
  };
}

/** How many bytes at the end begin a character that goes on beyond it (RFC 3629 §3). */
function incompleteLength(bytes: Uint8Array): number {
  for (let back = 1; back < LONGEST_SEQUENCE_BYTES && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back && byte < 0xf8 ? back : 0;
  }
  return 0;
}

/** The first chunk has {@link HEAD_BYTES} or the whole file, whatever the chunks of the file are. */
async function* withHead(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let head: Uint8Array[] | undefined = [];
  let length = 0;
  for await (const chunk of chunks) {
    if (head === undefined) yield chunk;
    else {
      head.push(Uint8Array.from(chunk));
      length += chunk.length;
      if (length < HEAD_BYTES) continue;
      yield Buffer.concat(head);
      head = undefined;
    }
  }
  if (head !== undefined && length > 0) yield Buffer.concat(head);
}

function byteOrderMark(bytes: Uint8Array): { readonly encoding: TextEncoding; readonly length: number } | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', length: 2 };
  return undefined;
}

function encodingByZeros(chunk: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const head = chunk.subarray(0, HEAD_BYTES);
  let even = 0;
  let odd = 0;
  for (let index = head.indexOf(0); index >= 0; index = head.indexOf(0, index + 1)) {
    if (index % 2 === 0) even++;
    else odd++;
  }
  if (even + odd < head.length * MINIMUM_ZERO_SHARE || even + odd === 0) return undefined;
  if (odd >= even * MINIMUM_ZERO_RATIO) return 'utf-16le';
  return even >= odd * MINIMUM_ZERO_RATIO ? 'utf-16be' : undefined;
}

function encodingOfHead(bytes: Uint8Array): 'utf-8' | 'gb18030' {
  return createUtf8Check()(bytes) ? 'utf-8' : 'gb18030';
}

/** Other than white space; exports have none, and binary files have them at once. */
function hasControlCharacters(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text);
}

function latin1(chunk: Uint8Array): string {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
}

function notText(): FactorportError {
  return new FactorportError('source_damaged', {
    parameters: {
      place: { en: 'its characters', zh: '字符编码' },
      what: {
        en: 'it is text in none of UTF-8, UTF-16 and GB18030, or ends inside a character; convert it to UTF-8 first',
        zh: '文本编码既不是 UTF-8、UTF-16，也不是 GB18030，或在字符中间截断；请先转换为 UTF-8',
      },
    },
  });
}
