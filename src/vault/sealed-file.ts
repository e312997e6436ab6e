import { type FileHandle, open } from 'node:fs/promises';
import { FactorportError } from '../errors/error.ts';
import {
  decryptStream,
  encryptStream,
  KEY_BYTES,
  keyedStreamDigest,
  randomBytes,
  STREAM_HEADER_BYTES,
  STREAM_PIECE_OVERHEAD_BYTES,
} from './cipher.ts';

/** Of the file, before it is sealed. */
const PIECE_BYTES = 256 * 1024;

/** The key of one file; made here and kept sealed in the database. */
export type FileKey = Uint8Array;

/** A file key from its text form, and back. */
export const fileKeyText = {
  write: (key: FileKey): string => Buffer.from(key).toString('base64'),
  read: (text: string): FileKey => Buffer.from(text, 'base64'),
};

export function newFileKey(): FileKey {
  return randomBytes(KEY_BYTES);
}

/** What was written of a file. */
export interface SealedFile {
  /** Of the file in clear. */
  readonly sizeBytes: number;
  /** Keyed hash of the file in clear: the same content again has the same one. */
  readonly digest: Uint8Array;
}

/**
 * Writes a stream to a new file of mode 0600, sealed piece by piece, and waits until it is on the disk. In clear it
 * stands nowhere but in memory, a piece at a time.
 *
 * @param digestKey for {@link SealedFile.digest}
 * @param check told of the size so far; what it throws ends the writing
 * @throws `upload_no_space`; what the stream throws
 */
export async function writeSealedFile(
  path: string,
  key: FileKey,
  digestKey: Uint8Array,
  bytes: AsyncIterable<Uint8Array>,
  check: (sizeBytes: number) => void = () => undefined,
): Promise<SealedFile> {
  const stream = encryptStream(key);
  const digest = keyedStreamDigest(digestKey);
  const file = await open(path, 'wx', 0o600);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let sizeBytes = 0;
  try {
    await append(file, stream.header);
    let filled = 0;
    for await (const some of bytes) {
      sizeBytes += some.length;
      check(sizeBytes);
      digest.add(some);
      for (let taken = 0; taken < some.length; ) {
        const part = some.subarray(taken, taken + PIECE_BYTES - filled);
        piece.set(part, filled);
        taken += part.length;
        filled += part.length;
        if (filled < PIECE_BYTES) continue;
        await append(file, stream.piece(piece, false));
        filled = 0;
      }
    }
    // Perhaps an empty one: without it, a file that was cut off would pass for a whole one.
    await append(file, stream.piece(piece.subarray(0, filled), true));
    await file.datasync().catch(refuseFullDisk);
  } finally {
    piece.fill(0);
    await file.close();
  }
  return { sizeBytes, digest: digest.end() };
}

/** Writes all of it: a single write to a disk that is nearly full may take a part and say nothing. */
async function append(file: FileHandle, bytes: Uint8Array): Promise<void> {
  await file.writeFile(bytes).catch(refuseFullDisk);
}

/** No room on the disk, in the quota, or under the limit for one file. */
function refuseFullDisk(error: NodeJS.ErrnoException): never {
  if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code ?? '')) throw error;
  throw new FactorportError('upload_no_space', { cause: error });
}

/**
 * Reads what {@link writeSealedFile} wrote, from the first byte.
 *
 * @throws `upload_unreadable` where the file was changed, cut off, is of another key, or is gone
 */
export async function* readSealedFile(path: string, key: FileKey): AsyncGenerator<Buffer, void, void> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new FactorportError('upload_unreadable', { cause: error }) : error;
  });
  try {
    const header = await readExactly(file, STREAM_HEADER_BYTES);
    if (header.length < STREAM_HEADER_BYTES) throw new FactorportError('upload_unreadable');
    const decrypt = decryptStream(key, header);
    for (;;) {
      const sealed = await readExactly(file, PIECE_BYTES + STREAM_PIECE_OVERHEAD_BYTES);
      const piece = decrypt(sealed);
      if (piece === undefined) throw new FactorportError('upload_unreadable');
      if (piece.message.length > 0) yield piece.message;
      if (piece.isLast) return;
    }
  } finally {
    await file.close();
  }
}

async function readExactly(file: FileHandle, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  let read = 0;
  while (read < bytes) {
    const { bytesRead } = await file.read(buffer, read, bytes - read, null);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return buffer.subarray(0, read);
}
