import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import { FactorportError } from '../../errors/error.ts';
import { parseWholeJson } from '../input/whole-file.ts';
import { decodeBase64 } from '../registration.ts';
import { deriveArgon2id, derivePbkdf2 } from '../sealed/derive-key.ts';
import { isMacOf } from '../sealed/open-aes.ts';
import type { SourceOptions } from '../source.ts';
import { damagedSeal, type Json, passwordOf, wrongPassword } from './app-item.ts';

const KEY_BYTES = 32;
const IV_BYTES = 16;
/** `kdfType` in the export. */
const PBKDF2 = 0;
const ARGON2ID = 1;

interface Keys {
  readonly encryption: Buffer;
  readonly mac: Buffer;
}

/**
 * Opens a vault export that is protected by a password of its own. One that is restricted to the account can be opened by
 * nobody but that account.
 *
 * @throws `source_unsupported`, `source_secret_needed`, `source_secret_wrong`, `source_derivation_limit`, `source_damaged`
 */
export async function openBitwardenExport(file: Json, { secret }: SourceOptions): Promise<unknown> {
  if (file.passwordProtected !== true) throw accountRestricted();
  const keys = await deriveKeys(file, passwordOf(secret));
  if (openText(file.encKeyValidation_DO_NOT_EDIT, keys) === undefined) throw wrongPassword();
  const text = openText(file.data, keys);
  if (text === undefined) throw damagedSeal();
  return parseWholeJson(text);
}

/** The salt is the text, not the bytes that it encodes; Argon2id needs one of a fixed length and takes its hash. */
async function deriveKeys(file: Json, password: string): Promise<Keys> {
  const { salt, kdfType, kdfIterations, kdfMemory, kdfParallelism } = file;
  if (typeof salt !== 'string' || typeof kdfIterations !== 'number') throw damagedSeal();
  if (kdfType === PBKDF2) {
    return expand(
      await derivePbkdf2(password, { salt, iterations: kdfIterations, keyBytes: KEY_BYTES, digest: 'sha256' }),
    );
  }
  if (kdfType !== ARGON2ID || typeof kdfMemory !== 'number' || typeof kdfParallelism !== 'number') throw damagedSeal();
  const key = await deriveArgon2id(password, {
    salt: createHash('sha256').update(salt).digest(),
    passes: kdfIterations,
    memoryKiB: kdfMemory * 1024,
    lanes: kdfParallelism,
    keyBytes: KEY_BYTES,
  });
  return expand(key);
}

/** HKDF-Expand (RFC 5869 §2.3) with SHA-256, of one block each. */
function expand(key: Uint8Array): Keys {
  const block = (info: string): Buffer => createHmac('sha256', key).update(info).update(Buffer.of(1)).digest();
  return { encryption: block('enc'), mac: block('mac') };
}

/** `2.iv|ciphertext|mac` in base64: AES-256-CBC and HMAC-SHA256 over IV and ciphertext. */
function openText(sealed: unknown, { encryption, mac }: Keys): string | undefined {
  if (typeof sealed !== 'string' || !sealed.startsWith('2.')) throw damagedSeal();
  const [iv, ciphertext, tag, ...others] = sealed.slice(2).split('|').map(decodeBase64);
  const isComplete = iv instanceof Uint8Array && ciphertext instanceof Uint8Array && tag instanceof Uint8Array;
  if (!isComplete || others.length > 0 || iv.length !== IV_BYTES) throw damagedSeal();
  if (!isMacOf(mac, Buffer.concat([iv, ciphertext]), tag, 'sha256')) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-cbc', encryption, iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}

function accountRestricted(): FactorportError {
  return new FactorportError('source_unsupported', {
    parameters: {
      product: { en: 'Bitwarden and restricted to one account', zh: 'Bitwarden（仅限原账户解密）' },
      advice: {
        en: 'Export again as ".json (Encrypted)" with the type "Password protected".',
        zh: '请重新导出为“.json (Encrypted)”，类型选择“密码保护”。',
      },
    },
  });
}
