import * as crypto from 'node:crypto';
import { promisify } from 'node:util';
import { FactorportError } from '../../errors/error.ts';
import type { LocalText } from '../../language.ts';

/** The most that Bitwarden offers, and about two seconds. */
export const MAXIMUM_PBKDF2_ITERATIONS = 2_000_000;
const MAXIMUM_MEMORY_MEBIBYTES = 256;
const MAXIMUM_MEMORY_BYTES = MAXIMUM_MEMORY_MEBIBYTES * 1024 * 1024;
/** Eight times what Aegis uses, and about a second. */
const MAXIMUM_SCRYPT_COST = 2 ** 21;
const MAXIMUM_ARGON2_PASSES = 10;
const MAXIMUM_LANES = 16;

export type Digest = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

const pbkdf2 = promisify(crypto.pbkdf2);
const scrypt = promisify<crypto.BinaryLike, crypto.BinaryLike, number, crypto.ScryptOptions, Buffer>(crypto.scrypt);

/**
 * Derives a key as a file asks for (RFC 8018 §5.2), off the main thread.
 *
 * @throws `source_derivation_limit` beyond {@link MAXIMUM_PBKDF2_ITERATIONS}, so that no file can hang its reader
 */
export async function derivePbkdf2(
  password: string,
  given: {
    readonly salt: crypto.BinaryLike;
    readonly iterations: number;
    readonly keyBytes: number;
    readonly digest: Digest;
  },
): Promise<Buffer> {
  const { salt, iterations, keyBytes, digest } = given;
  if (!isWithin(iterations, MAXIMUM_PBKDF2_ITERATIONS)) {
    throw beyond(
      { en: 'very many rounds of PBKDF2', zh: '过多轮 PBKDF2 运算' },
      {
        en: `${MAXIMUM_PBKDF2_ITERATIONS} rounds`,
        zh: `${MAXIMUM_PBKDF2_ITERATIONS} 轮`,
      },
    );
  }
  return pbkdf2(password, salt, iterations, keyBytes, digest);
}

/**
 * Derives a key by scrypt (RFC 7914).
 *
 * @throws `source_derivation_limit` beyond 256 MiB, or beyond the time of it
 */
export async function deriveScrypt(
  password: string,
  given: {
    readonly salt: Uint8Array;
    readonly n: number;
    readonly r: number;
    readonly p: number;
    readonly keyBytes: number;
  },
): Promise<Buffer> {
  const { salt, n, r, p, keyBytes } = given;
  const isPossible =
    isWithin(n, 2 ** 30) && isWithin(r, 1024) && isWithin(p, 1024) && n > 1 && Number.isInteger(Math.log2(n));
  if (!isPossible || 128 * n * r > MAXIMUM_MEMORY_BYTES || n * r * p > MAXIMUM_SCRYPT_COST)
    throw beyondMemory('scrypt');
  return scrypt(password, salt, keyBytes, { N: n, r, p, maxmem: 2 * MAXIMUM_MEMORY_BYTES });
}

/**
 * Derives a key by Argon2id (RFC 9106).
 *
 * @throws `source_derivation_limit` beyond 256 MiB, 10 passes or 16 lanes; `source_unsupported` where Node.js is too old
 */
export async function deriveArgon2id(
  password: string,
  given: {
    readonly salt: Uint8Array;
    readonly passes: number;
    readonly memoryKiB: number;
    readonly lanes: number;
    readonly keyBytes: number;
  },
): Promise<Buffer> {
  const { salt, passes, memoryKiB, lanes, keyBytes } = given;
  const isPossible = isWithin(passes, MAXIMUM_ARGON2_PASSES) && isWithin(lanes, MAXIMUM_LANES);
  if (!isPossible || !isWithin(memoryKiB, MAXIMUM_MEMORY_BYTES / 1024) || memoryKiB < 8 * lanes) {
    throw beyondMemory('Argon2id');
  }
  // Node.js has it from 24.7 on; a named import would keep an older one from starting at all.
  if (typeof crypto.argon2 !== 'function') throw needsNewerNode();
  const argon2 = promisify(crypto.argon2);
  return argon2('argon2id', {
    message: password,
    nonce: salt,
    parallelism: lanes,
    tagLength: keyBytes,
    memory: memoryKiB,
    passes,
  });
}

function isWithin(value: number, maximum: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= maximum;
}

function beyondMemory(name: string): FactorportError {
  return beyond(
    { en: `very much memory or time for ${name}`, zh: `过多内存或时间（${name}）` },
    { en: `${MAXIMUM_MEMORY_MEBIBYTES} MiB`, zh: `${MAXIMUM_MEMORY_MEBIBYTES} MiB` },
  );
}

function beyond(what: LocalText, limit: LocalText): FactorportError {
  return new FactorportError('source_derivation_limit', { parameters: { what, limit } });
}

function needsNewerNode(): FactorportError {
  return new FactorportError('source_unsupported', {
    parameters: {
      product: { en: 'a program that derives its key by Argon2id', zh: '使用 Argon2id 派生密钥的程序' },
      advice: {
        en: 'Run Factorport with Node.js 24.7 or newer, or export with PBKDF2.',
        zh: '请使用 Node.js 24.7 或更高版本运行 Factorport，或改用 PBKDF2 导出。',
      },
    },
  });
}
