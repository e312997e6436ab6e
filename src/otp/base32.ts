const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Character code to five-bit value; 255 marks a character outside the alphabet, 254 one that is skipped. */
const VALUES = buildValueTable();
const INVALID = 255;
const SKIPPED = 254;

/** Numbers of characters in the last group that no encoder can produce (RFC 4648 §6). */
const IMPOSSIBLE_REMAINDERS = new Set([1, 3, 6]);

export type Base32Problem = 'not_base32' | 'truncated';

/**
 * Decodes RFC 4648 base32 as people and products write it: any case, spaces and hyphens anywhere, padding optional.
 *
 * A length that no encoder produces is refused, because it means that characters were lost. Set trailing bits are
 * accepted: some products cut secrets to a length that leaves them, and every authenticator ignores them.
 *
 * @returns the bytes, or the reason why there are none; the text itself is never part of the reason.
 */
export function decodeBase32(text: string): Uint8Array | Base32Problem {
  const end = lengthWithoutPadding(text);
  const bytes = new Uint8Array(Math.floor((end * 5) / 8));
  let written = 0;
  let buffer = 0;
  let bits = 0;
  let characters = 0;
  for (let index = 0; index < end; index++) {
    const value = VALUES[text.charCodeAt(index)] ?? INVALID;
    if (value === SKIPPED) continue;
    if (value === INVALID) return 'not_base32';
    characters++;
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[written++] = buffer >>> bits;
    }
  }
  if (IMPOSSIBLE_REMAINDERS.has(characters % 8)) return 'truncated';
  if (written === bytes.length) return bytes;
  // A copy, so that wiping what is given back leaves nothing behind in a longer buffer.
  const exact = bytes.slice(0, written);
  bytes.fill(0);
  return exact;
}

/** Encodes bytes as upper-case base32 without padding, the form every authenticator app reads. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(buffer >>> bits) & 31];
    }
  }
  return bits > 0 ? text + ALPHABET[(buffer << (5 - bits)) & 31] : text;
}

function lengthWithoutPadding(text: string): number {
  let end = text.length;
  while (end > 0) {
    const code = text.charCodeAt(end - 1);
    if (code !== 0x3d && VALUES[code] !== SKIPPED) break;
    end--;
  }
  return end;
}

function buildValueTable(): Uint8Array {
  const table = new Uint8Array(128).fill(255);
  for (let value = 0; value < 32; value++) {
    const character = ALPHABET[value] as string;
    table[character.charCodeAt(0)] = value;
    table[character.toLowerCase().charCodeAt(0)] = value;
  }
  for (const skipped of ' -\t\r\n') table[skipped.charCodeAt(0)] = 254;
  return table;
}
