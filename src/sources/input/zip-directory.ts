import type { SourceInput } from '../source.ts';
import { archiveError } from './decompress.ts';

/** A file in a zip archive, as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Of its local header, from the beginning of the archive. */
  readonly headerOffset: number;
}

/** The directory of an archive with one useful file is far smaller. */
const TAIL_BYTES = 1024 * 1024;
const END_BYTES = 22;
const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR64_BYTES = 20;
const ENTRY_BYTES = 46;
const ENTRY_SIGNATURE = 0x02014b50;
const IN_ZIP64 = 0xffffffff;
const ZIP64_FIELD = 1;

/**
 * Lists a zip archive by its central directory (APPNOTE.TXT §4.3.12 to §4.3.16), which is at the end: the archive is read
 * once, keeping the last {@link TAIL_BYTES} of it.
 *
 * @throws `source_archive`
 */
export async function readDirectory(input: SourceInput): Promise<readonly ZipEntry[]> {
  const tail = await readTail(input);
  const view = new DataView(tail.bytes.buffer, tail.bytes.byteOffset, tail.bytes.byteLength);
  try {
    const { count, offset } = findDirectory(view, tail.offset);
    return readEntries(view, offset - tail.offset, count);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw archiveError({ en: 'it is damaged or cut off', zh: '压缩包损坏或不完整' });
  }
}

async function readTail(input: SourceInput): Promise<{ readonly bytes: Uint8Array; readonly offset: number }> {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let total = 0;
  for await (const chunk of input.open()) {
    chunks.push(Uint8Array.from(chunk));
    kept += chunk.length;
    total += chunk.length;
    while (kept - (chunks[0]?.length ?? 0) >= TAIL_BYTES) kept -= chunks.shift()?.length ?? 0;
  }
  return { bytes: new Uint8Array(Buffer.concat(chunks)), offset: total - kept };
}

function findDirectory(view: DataView, tailOffset: number): { count: number; offset: number } {
  let end = view.byteLength - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== END_SIGNATURE) end--;
  if (end < 0) throw new RangeError('no end of the directory');
  const count = view.getUint16(end + 10, true);
  const offset = view.getUint32(end + 16, true);
  if (offset !== IN_ZIP64 && count !== 0xffff) return { count, offset };
  const end64 = readUint64(view, end - LOCATOR64_BYTES + 8) - tailOffset;
  if (view.getUint32(end64, true) !== END64_SIGNATURE) throw new RangeError('no zip64 end of the directory');
  return { count: readUint64(view, end64 + 32), offset: readUint64(view, end64 + 48) };
}

function readEntries(view: DataView, start: number, count: number): readonly ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = start; entries.length < count; ) {
    if (view.getUint32(at, true) !== ENTRY_SIGNATURE) throw new RangeError('no entry');
    const nameEnd = at + ENTRY_BYTES + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    if (extraEnd > view.byteLength) throw new RangeError('entry cut');
    entries.push({
      name: Buffer.from(view.buffer, view.byteOffset + at + ENTRY_BYTES, nameEnd - at - ENTRY_BYTES).toString('utf8'),
      isEncrypted: (view.getUint16(at + 8, true) & 1) === 1,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...readSizes(view, at, nameEnd, extraEnd),
    });
    at = extraEnd + view.getUint16(at + 32, true);
  }
  return entries;
}

/** Values that do not fit stand in the zip64 field of the extra data, in this order (APPNOTE.TXT §4.5.3). */
function readSizes(view: DataView, at: number, extraStart: number, extraEnd: number) {
  let next = findZip64Field(view, extraStart, extraEnd);
  const sized = (value: number): number => {
    if (value !== IN_ZIP64) return value;
    if (next === undefined) throw new RangeError('no zip64 field');
    next += 8;
    return readUint64(view, next - 8);
  };
  const size = sized(view.getUint32(at + 24, true));
  const packedSize = sized(view.getUint32(at + 20, true));
  const headerOffset = sized(view.getUint32(at + 42, true));
  return { size, packedSize, headerOffset };
}

function findZip64Field(view: DataView, start: number, end: number): number | undefined {
  for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) === ZIP64_FIELD) return at + 4;
  }
  return undefined;
}

function readUint64(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError('too large');
  return Number(value);
}
