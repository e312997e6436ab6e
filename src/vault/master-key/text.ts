import { FactorportError } from '../../errors/error.ts';
import { decrypt, encrypt, KEY_BYTES, lockKey } from '../cipher.ts';
import type { MasterKey } from '../master-key.ts';

const NO_HEADER = new Uint8Array(0);

/**
 * Takes the master key from a text: 32 bytes in base64 or hex.
 *
 * @throws `master_key_malformed`
 */
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

function decodeKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES ? bytes : undefined;
}
