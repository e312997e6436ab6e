import { readLines } from '../input/lines.ts';
import type { SourceInput } from '../source.ts';

/**
 * Where the fields stand in a row.
 *
 * - `serial`: `serial, key, type, digits, period or counter, hash`, as privacyIDEA, LinOTP and NetIQ import it; Duo's and
 *   PingID's lists are the same without types, `serial, key, counter`
 * - `user`: the same behind `user, resolver, realm`, in files that begin with `# version: 2`
 * - `owner`: `owner@realm, serial, key, type, digits, time step`, as privacyIDEA itself exports
 */
export type Layout = 'serial' | 'user' | 'owner';

/** Types of tokens that privacyIDEA and LinOTP know; all but two of them are refused, row by row. */
const TYPES = new Set(
  'totp hotp hmac ocra ocra2 motp daplug yubikey yubico sms email spass pw tiqr tan push daypassword registration remote radius u2f webauthn passkey certificate sshkey question paper 4eyes vasco indexedsecret applspec'.split(
    ' ',
  ),
);

const VERSION_2 = /^#\s*version:\s*2\b/i;

export function isType(cell: string | undefined): boolean {
  return cell !== undefined && TYPES.has(cell.toLowerCase());
}

export function isHex(cell: string | undefined): boolean {
  return cell !== undefined && cell.length % 2 === 0 && /^[0-9a-f]{4,}$/i.test(cell);
}

/** The layout that a row has by where its type stands; `undefined` where it says none. */
export function layoutOf(cells: readonly string[]): Layout | undefined {
  if (isType(cells[2])) return 'serial';
  if (isType(cells[3])) return 'owner';
  return isType(cells[5]) ? 'user' : undefined;
}

/** Whether the lines before the first row say `# version: 2`. */
export function saysVersion2(lines: readonly string[]): boolean {
  for (const line of lines) {
    if (VERSION_2.test(line)) return true;
    if (line.trim() !== '' && !line.startsWith('#')) return false;
  }
  return false;
}

/** The same of a file. */
export async function hasVersion2(input: SourceInput): Promise<boolean> {
  for await (const lines of readLines(input)) {
    const texts = lines.map(({ text }) => text);
    if (saysVersion2(texts)) return true;
    if (texts.some((text) => text.trim() !== '' && !text.startsWith('#'))) return false;
  }
  return false;
}
