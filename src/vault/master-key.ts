import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FactorportError } from '../errors/error.ts';
import { decrypt, encrypt, KEY_BYTES, lockKey, randomBytes, wipe } from './cipher.ts';

/**
 * The key that wraps the keys of the ring. It may live in another machine (a KMS), so it is asked to wrap and unwrap and
 * never gives itself away.
 */
export interface MasterKey {
  /** Where the key comes from, for `doctor` and the log: never the key. */
  readonly source: string;
  wrap(key: Uint8Array, associatedData: Uint8Array): Promise<Uint8Array>;
  /** @returns `undefined` where this master key did not wrap it, or it was changed */
  unwrap(wrapped: Uint8Array, associatedData: Uint8Array): Promise<Buffer | undefined>;
}

const NO_HEADER = new Uint8Array(0);

/** Takes the master key from a setting: 32 bytes in base64 or hex. */
export function masterKeyFromText(text: string, source: string): MasterKey {
  const bytes = decodeKey(text.trim());
  if (bytes === undefined) throw new FactorportError('master_key_malformed', { parameters: { source } });
  const key = lockKey(bytes);
  return {
    source,
    async wrap(ringKey, associatedData) {
      return encrypt(key, ringKey, associatedData, NO_HEADER);
    },
    async unwrap(wrapped, associatedData) {
      return decrypt(key, wrapped, associatedData, 0);
    },
  };
}

/**
 * Reads the master key file. One that others can read is refused: a leak that nobody is told of stays open for years.
 *
 * @returns `undefined` where there is no such file
 */
export async function readMasterKeyFile(path: string): Promise<MasterKey | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FactorportError('data_dir_unusable', { parameters: { path: dirname(path) }, cause: error });
  }
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new FactorportError('master_key_exposed', { parameters: { path } });
  }
  return masterKeyFromText(text, path);
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

function decodeKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES ? bytes : undefined;
}
