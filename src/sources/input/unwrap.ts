import { createGunzip } from 'node:zlib';
import { FactorportError } from '../../errors/error.ts';
import type { SourceInput } from '../source.ts';
import { archiveError, DAMAGED, decompress, decompressZstd } from './decompress.ts';
import { isPgp } from './pgp.ts';
import { unwrapZip } from './zip.ts';

/** How much a packed file may become, so that a few kilobytes do not keep a server busy for hours. */
export interface UnwrapLimits {
  readonly maximumBytes: number;
  /** How many times its packed size, once it is beyond {@link RATIO_FROM_BYTES}. */
  readonly maximumRatio: number;
}

export const DEFAULT_UNWRAP_LIMITS: UnwrapLimits = Object.freeze({ maximumBytes: 16 * 1024 ** 3, maximumRatio: 1_000 });

const MAXIMUM_LAYERS = 2;
const HEAD_BYTES = 512;

/**
 * Takes a file out of gzip, zstd or zip, at most {@link MAXIMUM_LAYERS} of them, one in the other. A file that is in none
 * is given back as it is, and so is a workbook (XLSX), which is a zip of its own kind. Nothing is unpacked to disk; what is
 * wrong with the packed bytes is thrown while they are read.
 *
 * @throws `source_archive`, `source_damaged`, `source_too_large`, `source_pgp`
 */
export async function unwrap(input: SourceInput, limits = DEFAULT_UNWRAP_LIMITS): Promise<SourceInput> {
  let inner = input;
  for (let layer = 0; ; layer++) {
    const head = await readHead(inner);
    if (isPgp(head)) throw new FactorportError('source_pgp');
    const unpacked = await unwrapOnce(inner, head, limits);
    if (unpacked === undefined) return inner;
    if (layer === MAXIMUM_LAYERS) throw archiveError(TOO_NESTED);
    inner = unpacked;
  }
}

async function unwrapOnce(
  input: SourceInput,
  head: Uint8Array,
  limits: UnwrapLimits,
): Promise<SourceInput | undefined> {
  const damaged = () => new FactorportError('source_damaged', { parameters: DAMAGED });
  if (startsWith(head, [0x1f, 0x8b, 0x08])) {
    return { open: () => decompress(input.open(), createGunzip(), limits, damaged) };
  }
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) {
    return { open: () => decompressZstd(input.open(), limits, damaged) };
  }
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04]) || startsWith(head, [0x50, 0x4b, 0x05, 0x06])) {
    return unwrapZip(input, limits);
  }
  return undefined;
}

async function readHead(input: SourceInput): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input.open()) {
    chunks.push(Uint8Array.from(chunk));
    length += chunk.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(chunks);
}

function startsWith(bytes: Uint8Array, beginning: readonly number[]): boolean {
  return beginning.every((byte, index) => bytes[index] === byte);
}

const TOO_NESTED = { en: 'it holds an archive in an archive in an archive', zh: '压缩包嵌套超过两层' };
