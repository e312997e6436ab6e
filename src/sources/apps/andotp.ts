import { parseWholeJson, readWholeBytes } from '../input/whole-file.ts';
import { derivePbkdf2 } from '../sealed/derive-key.ts';
import { openGcmJoined } from '../sealed/open-aes.ts';
import { isLikeJson } from '../signs.ts';
import type { Recognition, Signs, Source, SourceInput, SourceItem, SourceOptions } from '../source.ts';
import {
  isObject,
  listOf,
  notThisFormat,
  passwordOf,
  readAppAccount,
  refuseAccount,
  wrongPassword,
} from './app-item.ts';

/** The backup of andOTP: a list in JSON, or the same encrypted by a password (not by PGP). */
export const andotp: Source = {
  name: 'andotp',
  title: { en: 'andOTP', zh: 'andOTP' },
  howToExport: {
    en: 'andOTP: Backups → Plain or Encrypted (password) → Backup.',
    zh: 'andOTP：备份 → 明文备份或加密备份（密码）→ 备份。',
  },
  secret: { en: 'The password of an encrypted backup', zh: '加密备份的密码' },
  recognise,
  read,
};

const ITERATIONS_BYTES = 4;
const SALT_BYTES = 12;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = ITERATIONS_BYTES + SALT_BYTES + NONCE_BYTES;
const KEY_BYTES = 32;
/** Of these the app draws the number of iterations, which is all that tells an encrypted backup from noise. */
const USUAL_ITERATIONS = { minimum: 140_000, maximum: 160_000 };

function recognise({ json, text, bytes }: Signs): Recognition | undefined {
  const has = (...names: readonly string[]): boolean => names.every((name) => json?.paths.has(`*.${name}`) === true);
  if (has('secret', 'label', 'type') && (has('thumbnail') || has('used_frequency') || has('last_used'))) {
    return {
      certainty: 'sure',
      because: { en: 'its items have "secret", "label" and "thumbnail"', zh: '各项包含“secret”“label”和“thumbnail”' },
    };
  }
  if (text !== undefined || bytes.length < HEAD_BYTES + TAG_BYTES) return undefined;
  const iterations = Buffer.from(bytes.subarray(0, ITERATIONS_BYTES)).readUInt32BE();
  if (iterations < USUAL_ITERATIONS.minimum || iterations > USUAL_ITERATIONS.maximum) return undefined;
  return {
    certainty: 'possible',
    because: {
      en: 'it is binary and begins with a number of iterations as andOTP has it',
      zh: '二进制文件，开头的迭代次数与 andOTP 相符',
    },
  };
}

async function* read(
  input: SourceInput,
  options: SourceOptions,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  const bytes = await readWholeBytes(input);
  const text = bytes.toString().replace(/^\ufeff/, '');
  const backup = parseWholeJson(isLikeJson(text) || text.trim() === '[]' ? text : await openBackup(bytes, options));
  yield listOf(backup, 'andotp').map((entry, index) => readEntry(entry, index + 1));
}

function readEntry(entry: unknown, item: number): SourceItem {
  const place = { item };
  if (!isObject(entry)) return refuseAccount(place, {}, '', 'row_damaged');
  const { secret, label, type, algorithm, digits, period, counter } = entry;
  return readAppAccount(
    {
      place,
      account: label,
      type,
      secret: { text: secret, encoding: 'base32' },
      algorithm,
      digits,
      periodSeconds: period,
      counter,
    },
    { secret: 'secret' },
  );
}

/** Iterations (32 bits, big-endian), salt, nonce, ciphertext and tag: PBKDF2-HMAC-SHA1 and AES-256-GCM. */
async function openBackup(bytes: Buffer, { secret }: SourceOptions): Promise<string> {
  // More iterations than 2^24 no app asks for, so what begins with another byte is something else.
  if (bytes.length < HEAD_BYTES + TAG_BYTES || bytes[0] !== 0) throw notThisFormat('andotp');
  const password = passwordOf(secret);
  const iterations = bytes.readUInt32BE();
  const salt = bytes.subarray(ITERATIONS_BYTES, ITERATIONS_BYTES + SALT_BYTES);
  const nonce = bytes.subarray(ITERATIONS_BYTES + SALT_BYTES, HEAD_BYTES);
  const key = await derivePbkdf2(password, { salt, iterations, keyBytes: KEY_BYTES, digest: 'sha1' });
  const opened = openGcmJoined(key, nonce, bytes.subarray(HEAD_BYTES));
  if (opened === undefined) throw wrongPassword();
  return opened.toString();
}
