import { FactorportError } from '../errors/error.ts';
import type { LocalText } from '../language.ts';
import { readText } from './input/text.ts';
import { createJsonSignsReader } from './json-signs.ts';
import { SOURCES } from './registry.ts';
import { HEAD_BYTES, isLikeJson, readHeadSigns } from './signs.ts';
import type { Recognition, Signs, Source, SourceInput } from './source.ts';
import { UNSUPPORTED } from './unsupported.ts';

export interface Recognised {
  readonly source: Source;
  readonly because: LocalText;
}

/**
 * Tells what format a file has, by its content alone. JSON is looked through until some source is sure, because settings
 * of any length may stand before the users.
 *
 * @param format the name of a source, which overrules the content
 * @throws `source_unknown`, `source_ambiguous`, `source_unsupported`, `source_empty`, `source_damaged`
 */
export async function recogniseSource(
  input: SourceInput,
  format?: string,
  sources: readonly Source[] = SOURCES,
): Promise<Recognised> {
  const head = await readHead(input);
  if (isBlank(head.bytes)) throw new FactorportError('source_empty');
  if (format !== undefined) return named(format, sources);
  const signs = readHeadSigns(head.bytes, head.isWhole);
  if (signs.text === undefined || !isLikeJson(signs.text)) return decide(signs, ask(signs, sources));
  return recogniseJson(input, signs, sources);
}

type Answers = readonly { readonly source: Source; readonly recognition: Recognition }[];

async function recogniseJson(
  input: SourceInput,
  head: Omit<Signs, 'json'>,
  sources: readonly Source[],
): Promise<Recognised> {
  const reader = createJsonSignsReader();
  let changes = -1;
  for await (const text of readText({ open: () => rechunk(input.open()) })) {
    reader.write(text);
    if (reader.isOver) break;
    if (reader.changes === changes) continue;
    changes = reader.changes;
    const signs = { ...head, json: reader.signs(), isWhole: false };
    const answers = ask(signs, sources);
    if (answers.some(({ recognition }) => recognition.certainty === 'sure')) return decide(signs, answers);
  }
  const signs = { ...head, json: reader.signs(), isWhole: true };
  return decide(signs, ask(signs, sources));
}

function named(format: string, sources: readonly Source[]): Recognised {
  const wanted = format.trim().toLowerCase();
  const source = sources.find(({ name }) => name === wanted);
  if (source === undefined) throw new FactorportError('source_unknown');
  return { source, because: { en: 'the format was given', zh: '已指定格式' } };
}

function ask(signs: Signs, sources: readonly Source[]): Answers {
  return sources.flatMap((source) => {
    const recognition = source.recognise(signs);
    return recognition === undefined ? [] : [{ source, recognition }];
  });
}

/** One that is sure, else a product that is known and cannot be read, else the only one that is possible. */
function decide(signs: Signs, answers: Answers): Recognised {
  const sure = answers.filter(({ recognition }) => recognition.certainty === 'sure');
  const unsupported = sure.length > 0 ? undefined : UNSUPPORTED.find((one) => one.recognise(signs));
  if (unsupported !== undefined) {
    const { product, advice } = unsupported;
    throw new FactorportError('source_unsupported', { parameters: { product, advice } });
  }
  const [first, ...others] = sure.length > 0 ? sure : answers;
  if (first === undefined) throw new FactorportError('source_unknown');
  if (others.length > 0) {
    const candidates = [first, ...others].map(({ source }) => source.name);
    throw new FactorportError('source_ambiguous', {
      parameters: { candidates: candidates.join(', ') },
      data: { candidates },
    });
  }
  return { source: first.source, because: first.recognition.because };
}

async function readHead(input: SourceInput): Promise<{ bytes: Uint8Array; isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input.open()) {
    chunks.push(Uint8Array.from(chunk));
    length += chunk.length;
    if (length > HEAD_BYTES) return { bytes: Buffer.concat(chunks, HEAD_BYTES), isWhole: false };
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}

/** Pieces of {@link HEAD_BYTES}, so that what is recognised does not depend on how the bytes come. */
async function* rechunk(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const held = new Uint8Array(HEAD_BYTES);
  let length = 0;
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; ) {
      const piece = chunk.subarray(start, start + HEAD_BYTES - length);
      held.set(piece, length);
      length += piece.length;
      start += piece.length;
      if (length < HEAD_BYTES) continue;
      yield held.slice();
      length = 0;
    }
  }
  if (length > 0) yield held.slice(0, length);
}

/** Nothing but white space, a byte order mark and zeros. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every(
    (byte) => byte <= 0x20 || byte === 0xff || byte === 0xfe || byte === 0xef || byte === 0xbb || byte === 0xbf,
  );
}
