import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { encodeBase32 } from '../src/otp/base32.ts';
import { ARTIFACTS } from '../test/support/artifacts.ts';
import { CODE_MARKER, SEED_MARKER } from '../test/support/planted.ts';

interface Finding {
  readonly file: string;
  readonly what: string;
}

/** Scanning for every key of the suite would take longer than the suite. */
const MAXIMUM_RECORDED = 20;

/**
 * Looks through logs, databases (SQLite with its write-ahead log, PostgreSQL's whole data folder) and recorded answers
 * for the secrets that the tests planted, in clear and in the usual encodings.
 */
export function scanForPlantedSecrets(): Finding[] {
  const needles = [...seedForms(), ...textForms('recovery code', CODE_MARKER), ...recordedForms()];
  const findings: Finding[] = [];
  for (const file of filesBelow(ARTIFACTS)) {
    const content = readFileSync(file);
    for (const { what, bytes } of needles) {
      if (content.includes(bytes)) findings.push({ file: relative(ARTIFACTS, file), what });
    }
  }
  return findings;
}

interface Needle {
  readonly what: string;
  readonly bytes: Buffer;
}

function seedForms(): Needle[] {
  const base32 = encodeBase32(SEED_MARKER);
  return [
    { what: 'seed, raw bytes', bytes: SEED_MARKER },
    ...textForms('seed in base32', base32),
    ...textForms('seed in hex', SEED_MARKER.toString('hex')),
    { what: 'seed in base64', bytes: Buffer.from(SEED_MARKER.subarray(0, 9).toString('base64')) },
  ];
}

/** A text as it is, in both cases, without hyphens, in hex, and in base64 wherever it may begin. */
function textForms(what: string, text: string): Needle[] {
  const plain = text.replace(/-/g, '');
  const forms = new Set([
    text,
    text.toLowerCase(),
    text.toUpperCase(),
    plain,
    plain.toLowerCase(),
    plain.toUpperCase(),
  ]);
  const needles = [...forms].map((form) => ({ what, bytes: Buffer.from(form) }));
  needles.push({ what: `${what}, as hex`, bytes: Buffer.from(Buffer.from(text).toString('hex')) });
  for (const offset of [0, 1, 2]) {
    const shifted = Buffer.from('\0'.repeat(offset) + text).toString('base64');
    // The characters at both ends depend on what stands around.
    needles.push({ what: `${what}, as base64`, bytes: Buffer.from(shifted.slice(offset === 0 ? 0 : 4, -4)) });
  }
  return needles;
}

function recordedForms(): Needle[] {
  const folder = join(ARTIFACTS, 'planted');
  if (!existsSync(folder)) return [];
  const recorded = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'));
  return recorded.slice(0, MAXIMUM_RECORDED).flatMap((secret) => [
    { what: 'recorded secret', bytes: Buffer.from(secret) },
    { what: 'recorded secret, as base64', bytes: Buffer.from(Buffer.from(secret).toString('base64').slice(0, -4)) },
  ]);
}

function* filesBelow(folder: string): Generator<string> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && path !== join(ARTIFACTS, 'planted')) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}
