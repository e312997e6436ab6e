import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FactorportError } from '../errors/error.ts';

/** File systems without links (FAT) and those that allow none. */
const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Text is gathered to so many characters before it is written: fewer calls, and still nothing to speak of in memory. */
const WRITTEN_AT_ONCE = 256 * 1024;

export interface OutputOptions {
  /** Whether a file that exists is replaced. */
  readonly force: boolean;
  /** Ends the writing; nothing stays. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a file that nobody else may read (mode 0600). It gets its name when it is whole and on the disk: what breaks off
 * leaves nothing of that name, and a file that was there stays as it was.
 *
 * @throws `file_unwritable`; `interrupted` where the signal ended it; and what the pieces throw
 */
export async function writeOutputFile(
  path: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  options: OutputOptions,
): Promise<void> {
  await refuseExisting(path, options.force);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`);
  const file = await unwritable(path, open(temporary, 'wx', 0o600));
  try {
    await writePieces(path, file, pieces, options.signal);
    await unwritable(path, giveName(temporary, path, options.force));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writePieces(
  path: string,
  file: FileHandle,
  pieces: AsyncIterable<string> | Iterable<string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let gathered = '';
  const write = async () => {
    await unwritable(path, file.writeFile(gathered));
    gathered = '';
  };
  try {
    for await (const piece of pieces) {
      if (signal?.aborted) throw new FactorportError('interrupted');
      gathered += piece;
      if (gathered.length >= WRITTEN_AT_ONCE) await write();
    }
    await write();
    await unwritable(path, file.sync());
  } finally {
    await file.close();
  }
}

/** What is no plain file (a device, a link) is never replaced, whatever was said. */
async function refuseExisting(path: string, force: boolean): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || (force && found.isFile())) return;
  throw new FactorportError('file_unwritable', { parameters: { path, reason: force ? 'not a plain file' : 'EEXIST' } });
}

/** By a link where nothing is to be replaced: unlike a rename it fails if the name was taken meanwhile. */
async function giveName(temporary: string, path: string, force: boolean): Promise<void> {
  if (force) return rename(temporary, path);
  try {
    await link(temporary, path);
  } catch (error) {
    if (!WITHOUT_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await refuseExisting(path, false);
    await rename(temporary, path);
  }
}

async function unwritable<Result>(path: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof FactorportError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? '';
    throw new FactorportError('file_unwritable', { parameters: { path, reason }, cause: error });
  }
}
