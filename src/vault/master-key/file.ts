import { chmod, link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FactorportError } from '../../errors/error.ts';
import { KEY_BYTES, randomBytes, wipe } from '../cipher.ts';
import type { MasterKey } from '../master-key.ts';
import { masterKeyFromText } from './text.ts';

/**
 * Reads the master key file. One that others can read is refused: a leak that nobody is told of stays open for years.
 *
 * @returns `undefined` where there is no such file
 */
export async function readMasterKeyFile(path: string): Promise<MasterKey | undefined> {
  const { text, mode } = (await readWithMode(path)) ?? {};
  if (text === undefined || mode === undefined) return undefined;
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new FactorportError('master_key_exposed', { parameters: { path } });
  }
  return masterKeyFromText(text, path);
}

/** Both of one file, also where another one takes its place meanwhile. */
async function readWithMode(path: string): Promise<{ text: string; mode: number } | undefined> {
  try {
    await using file = await open(path, 'r');
    return { mode: (await file.stat()).mode, text: await file.readFile('utf8') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FactorportError('data_dir_unusable', { parameters: { path: dirname(path) }, cause: error });
  }
}

/**
 * Makes the master key file at first start: mode 0600, wholly there or not at all, never over an existing one, and on
 * the disk before this returns, because everything sealed from now on depends on it.
 */
export async function createMasterKeyFile(path: string): Promise<MasterKey> {
  const directory = dirname(path);
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const bytes = randomBytes(KEY_BYTES);
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${bytes.toString('base64')}\n`);
      await file.sync();
    } finally {
      wipe(bytes);
      await file.close();
    }
    await linkUnlessExists(temporary, path);
    await chmod(path, 0o600);
    await syncDirectory(directory);
  } catch (error) {
    throw new FactorportError('data_dir_unusable', { parameters: { path: directory }, cause: error });
  }
  const masterKey = await readMasterKeyFile(path);
  if (masterKey === undefined) throw new FactorportError('data_dir_unusable', { parameters: { path: directory } });
  return masterKey;
}

/** Unlike a rename, a link never replaces a key that another process has just made. */
async function linkUnlessExists(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(temporary);
  }
}

async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The master key of a file that may be changed while this process runs: where the key it holds does not open a wrapped
 * key, the file is read again, and beside it the one of a change that is under way.
 *
 * @returns `undefined` where there is no such file
 */
export async function masterKeyInFile(path: string): Promise<MasterKey | undefined> {
  let held = await readMasterKeyFile(path);
  if (held === undefined) return undefined;
  return {
    source: path,
    /** With the key that opened something last: the file may have another one that has wrapped nothing yet. */
    wrap: (key, associatedData) => (held as MasterKey).wrap(key, associatedData),
    async unwrap(wrapped, associatedData) {
      const key = await held?.unwrap(wrapped, associatedData);
      if (key !== undefined) return key;
      // The first once more at the end: the next key may have taken its place between the two readings.
      for (const candidate of [path, newFileOf(path), path]) {
        const found = await readMasterKeyFile(candidate);
        const opened = await found?.unwrap(wrapped, associatedData);
        if (opened === undefined) continue;
        held = found;
        return opened;
      }
      return undefined;
    },
  };
}

/** Where the next master key is, from its making until it takes the place of the present one. */
export function newFileOf(path: string): string {
  return `${path}.new`;
}

/**
 * Puts the next master key in the place of the present one, which is kept beside it: older backups of the database need
 * it. At every moment there is a file at the path. The caller keeps other processes from doing the same.
 *
 * @returns where the key before is kept
 */
export async function moveIntoPlace(path: string): Promise<string> {
  const directory = dirname(path);
  try {
    const kept = await keepBeside(path);
    await rename(newFileOf(path), path);
    await syncDirectory(directory);
    return kept;
  } catch (error) {
    throw new FactorportError('data_dir_unusable', { parameters: { path: directory }, cause: error });
  }
}

/** As `master.key.previous`, or with a number where that is taken: no key is ever overwritten. */
async function keepBeside(path: string): Promise<string> {
  const present = await readFile(path);
  for (let number = 1; ; number++) {
    const kept = `${path}.previous${number === 1 ? '' : `.${number}`}`;
    try {
      await link(path, kept);
      return kept;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // A change that was killed here has kept it already.
      if (present.equals(await readFile(kept))) return kept;
    }
  }
}
