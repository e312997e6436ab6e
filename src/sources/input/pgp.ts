/** Packets that an encrypted message begins with (RFC 9580 §5 and §10.3). */
const PUBLIC_KEY_SESSION_KEY = 1;
const SYMMETRIC_KEY_SESSION_KEY = 3;
const ENCRYPTED_AND_PROTECTED = 18;
const AEAD_ENCRYPTED = 20;

const PUBLIC_KEY_ALGORITHMS = new Set([1, 2, 16, 18, 25, 26]);
const S2K_TYPES = new Set([0, 1, 3, 4]);
const LAST_CIPHER = 13;

/**
 * Whether a file is a message encrypted with PGP, in armour or binary. Of the binary form the header and the first fields
 * of the packet must fit: each has a version number that is a control character, which no text has.
 */
export function isPgp(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString('latin1');
  if (/^(\u00ef\u00bb\u00bf)?\s*-----BEGIN PGP MESSAGE/.test(text)) return true;
  const packet = readPacketHeader(head);
  if (packet === undefined) return false;
  const body = head.subarray(packet.headerLength);
  const [version = 0, second = 0, third = 0] = body;
  if (packet.tag === PUBLIC_KEY_SESSION_KEY) {
    return (version === 3 && PUBLIC_KEY_ALGORITHMS.has(body[9] ?? 0)) || (version === 6 && second <= 33);
  }
  if (packet.tag === SYMMETRIC_KEY_SESSION_KEY) {
    const isCipher = second >= 1 && second <= LAST_CIPHER;
    return (version === 4 && isCipher && S2K_TYPES.has(third)) || ((version === 5 || version === 6) && second < 64);
  }
  if (packet.tag === ENCRYPTED_AND_PROTECTED) return version === 1 || version === 2;
  return packet.tag === AEAD_ENCRYPTED && version === 1;
}

/** RFC 9580 §4.2: bit 7 is always set, bit 6 tells the current form from the legacy one. */
function readPacketHeader(bytes: Uint8Array): { readonly tag: number; readonly headerLength: number } | undefined {
  const [first = 0, length = 0] = bytes;
  if ((first & 0x80) === 0) return undefined;
  if ((first & 0x40) === 0) {
    const lengthType = first & 3;
    return { tag: (first >> 2) & 15, headerLength: lengthType === 3 ? 1 : 1 + 2 ** lengthType };
  }
  const lengthBytes = length < 192 ? 1 : length < 224 ? 2 : length === 255 ? 5 : 1;
  return { tag: first & 63, headerLength: 1 + lengthBytes };
}
