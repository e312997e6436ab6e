import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Source, SourceInput } from '../../../src/sources/source.ts';
import type { LongFile } from './cases.ts';

const FILE_BYTES = 40 * 1024 * 1024;
const CHUNK_CHARACTERS = 64 * 1024;
const SAMPLES = 8;

/** Reads a long file without keeping it; @returns how many bytes memory grew by between its first eighth and its last. */
export async function heapGrowth(source: Source, file: LongFile): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used: number[] = [];
  let written = 0;
  const input: SourceInput = {
    async *open() {
      written = 0;
      for (const text of pieces(file)) {
        const chunk = Buffer.from(text);
        written += chunk.length;
        yield chunk;
      }
    },
  };
  let next = FILE_BYTES / SAMPLES;
  let items = 0;
  for await (const batch of source.read(input, file.options ?? {})) {
    items += batch.length;
    if (written < next) continue;
    collect();
    const { heapUsed, external } = process.memoryUsage();
    used.push(heapUsed + external);
    next = written + FILE_BYTES / SAMPLES;
  }
  if (items === 0 || used.length < SAMPLES / 2) throw new Error('The items of a long file must come while it is read.');
  return Math.max(...used) - (used[0] as number);
}

function* pieces({ head = '', record, separator = '', tail = '' }: LongFile): Generator<string> {
  let piece = head;
  for (let number = 1, length = 0; length < FILE_BYTES; number++) {
    piece += (number === 1 ? '' : separator) + record(number);
    if (piece.length < CHUNK_CHARACTERS) continue;
    length += piece.length;
    yield piece;
    piece = '';
  }
  yield piece + tail;
}
