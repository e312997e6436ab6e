import { crc32, createInflateRaw } from 'node:zlib';
import { FactorportError } from '../../errors/error.ts';
import type { SourceInput } from '../source.ts';
import { archiveError, decompress } from './decompress.ts';
import type { UnwrapLimits } from './unwrap.ts';
import { readDirectory, type ZipEntry } from './zip-directory.ts';

const STORED = 0;
const DEFLATED = 8;
const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;

/**
 * Takes the one file out of a zip archive, by its central directory, and checks its length and CRC while it is read.
 *
 * @returns `undefined` for a workbook, which is not to be unpacked
 * @throws `source_archive`, `source_unsupported`
 */
export async function unwrapZip(input: SourceInput, limits: UnwrapLimits): Promise<SourceInput | undefined> {
  const entries = await readDirectory(input);
  if (entries.some(({ name }) => name.startsWith('xl/'))) return undefined;
  if (entries.some(({ name }) => name === 'export.data')) throw new FactorportError('source_unsupported', ONE_PASSWORD);
  const [entry, ...others] = entries.filter(isUseful);
  if (entry === undefined) throw archiveError({ en: 'it holds no file', zh: '其中没有文件' });
  if (others.length > 0) {
    const count = others.length + 1;
    throw archiveError({ en: `it holds ${count} files`, zh: `其中有 ${count} 个文件` });
  }
  return openZipEntry(input, entry, limits);
}

/**
 * One file of an archive; its length and CRC are checked while it is read.
 *
 * @throws `source_archive` where it is encrypted or packed by a method that is not known; while it is read also
 *   `source_too_large`
 */
export function openZipEntry(input: SourceInput, entry: ZipEntry, limits: UnwrapLimits): SourceInput {
  if (entry.isEncrypted) throw archiveError({ en: 'it is encrypted', zh: '压缩包已加密' });
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    throw archiveError({ en: 'its method of compression is not supported', zh: '不支持其压缩方法' });
  }
  return { open: () => checked(unpack(input, entry, limits), entry) };
}

/** What macOS, Windows and editors put beside a file. */
function isUseful({ name }: ZipEntry): boolean {
  const base = name.split('/').at(-1) ?? '';
  return (
    base !== '' && !base.startsWith('.') && !name.startsWith('__MACOSX/') && !/^(thumbs\.db|desktop\.ini)$/i.test(base)
  );
}

function unpack(input: SourceInput, entry: ZipEntry, limits: UnwrapLimits): AsyncIterable<Uint8Array> {
  const packed = packedBytes(input, entry);
  return entry.method === STORED ? packed : decompress(packed, createInflateRaw(), limits, damaged);
}

/** The bytes between the local header, whose length only it knows, and what follows the entry. */
async function* packedBytes(input: SourceInput, entry: ZipEntry): AsyncGenerator<Uint8Array, void, undefined> {
  let position = 0;
  let header: Uint8Array = new Uint8Array(0);
  let left: number | undefined;
  for await (const chunk of input.open()) {
    let rest = chunk.subarray(Math.min(chunk.length, Math.max(0, entry.headerOffset - position)));
    position += chunk.length;
    if (left === undefined) {
      header = Buffer.concat([header, rest]);
      const length = localHeaderLength(header);
      if (length === undefined || header.length < length) continue;
      rest = header.subarray(length);
      left = entry.packedSize;
    }
    const wanted = rest.subarray(0, left);
    left -= wanted.length;
    if (wanted.length > 0) yield wanted;
    if (left === 0) return;
  }
  throw damaged();
}

/** APPNOTE.TXT §4.3.7; `undefined` while there is too little of it. */
function localHeaderLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < LOCAL_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== LOCAL_HEADER_SIGNATURE) throw damaged();
  return LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

async function* checked(
  chunks: AsyncIterable<Uint8Array>,
  entry: ZipEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0;
  let checksum = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > entry.size) throw damaged();
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (size !== entry.size || checksum !== entry.crc) throw damaged();
}

function damaged(): FactorportError {
  return archiveError({ en: 'it is damaged or cut off', zh: '压缩包损坏或不完整' });
}

const ONE_PASSWORD = {
  parameters: {
    product: '1Password (1PUX)',
    advice: {
      en: 'Export as CSV instead: its column "OTPAuth" holds the registrations.',
      zh: '请改为导出 CSV，其中“OTPAuth”列包含绑定数据。',
    },
  },
};
