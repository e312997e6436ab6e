import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { encodeBase32 } from '../src/otp/base32.ts';
import { ARTIFACTS } from '../test/support/artifacts.ts';
import { CODE_MARKER, KEY_MARKER, SEED_MARKER } from '../test/support/planted.ts';

interface Finding {
  readonly file: string;
  readonly what: string;
}

interface Needle {
  readonly what: string;
  readonly bytes: Buffer;
}

/** Where the suite says what is to be looked for. */
const RECORDED = 'planted';
/** Of the secrets that have no marker; looking for every one would take longer than the suite. */
const MAXIMUM_RECORDED = 20;

/**
 * Looks through logs, databases (SQLite with its write-ahead log, PostgreSQL's whole data folder) and recorded answers
 * for the secrets that the tests planted: in clear, in hex, base32 and base64, wherever in such a text they may begin.
 */
export function scanForPlantedSecrets(folder: string = ARTIFACTS): Finding[] {
  const needles = [
    ...formsOf('seed', SEED_MARKER),
    ...formsOf('seed as text', Buffer.from(encodeBase32(SEED_MARKER))),
    ...formsOf('recovery code', Buffer.from(CODE_MARKER)),
    ...formsOf('recovery code without hyphens', Buffer.from(CODE_MARKER.replaceAll('-', ''))),
    ...formsOf('access key secret', Buffer.from(KEY_MARKER)),
    ...formsOf('access key secret, raw', Buffer.from(KEY_MARKER, 'hex')),
    ...recordedForms(folder),
  ];
  const findings: Finding[] = [];
  for (const file of filesBelow(folder)) {
    const content = readFileSync(file);
    for (const { what, bytes } of needles) {
      if (content.includes(bytes)) findings.push({ file: relative(folder, file), what });
    }
  }
  return findings;
}

/** Bytes as they are, in both cases, in hex, and inside a longer text of base64 or base32. */
function formsOf(what: string, bytes: Buffer): Needle[] {
  const hex = bytes.toString('hex');
  const base64 = (padded: Buffer) => padded.toString('base64');
  const texts = [
    bytes.toString('latin1'),
    bytes.toString('latin1').toLowerCase(),
    bytes.toString('latin1').toUpperCase(),
    hex,
    hex.toUpperCase(),
    ...insideOf(bytes, base64, 6, 3),
    ...insideOf(bytes, encodeBase32, 5, 5),
    ...insideOf(bytes, encodeBase32, 5, 5).map((text) => text.toLowerCase()),
  ];
  return [...new Set(texts)].map((text) => ({ what, bytes: Buffer.from(text, 'latin1') }));
}

/** The characters that depend on these bytes alone, for each place in a group at which they may begin. */
function insideOf(
  bytes: Buffer,
  encode: (padded: Buffer) => string,
  bitsACharacter: number,
  bytesAGroup: number,
): string[] {
  return Array.from({ length: bytesAGroup }, (_, offset) => {
    const text = encode(Buffer.concat([Buffer.alloc(offset), bytes]));
    const first = Math.ceil((offset * 8) / bitsACharacter);
    return text.slice(first, Math.floor(((offset + bytes.length) * 8) / bitsACharacter));
  });
}

function recordedForms(artifacts: string): Needle[] {
  const folder = join(artifacts, RECORDED);
  if (!existsSync(folder)) return [];
  const recorded = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'));
  return recorded
    .filter((secret) => secret.length >= 16 && !secret.startsWith(KEY_MARKER))
    .slice(0, MAXIMUM_RECORDED)
    .map((secret) => ({ what: 'recorded secret', bytes: Buffer.from(secret) }));
}

function* filesBelow(folder: string): Generator<string> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== RECORDED) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}
