import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ndjson } from '../../src/generate/formats/authing.ts';
import { generate } from '../../src/generate/generate.ts';
import { createRows, type RowSettings } from '../../src/generate/rows.ts';

/** Every row good, each a TOTP with one recovery code. */
const SETTINGS: RowSettings = { seed: 'bench', badShare: 0, hotpShare: 0, recoveryCodes: 1, userPrefix: 'import-' };

const USERS_A_PIECE = 10_000;

/** Writes an NDJSON file of so many users; memory does not grow with their number. */
export async function writeRegistrations(path: string, rows: number): Promise<void> {
  await pipeline(Readable.from(generate(ndjson, SETTINGS, rows)), createWriteStream(path));
}

/** The ids of the users of that file, some at a time. */
export function* registeredUsers(rows: number): Generator<string[], void, void> {
  const source = createRows(SETTINGS, ndjson.abilities);
  for (let first = 0; first < rows; first += USERS_A_PIECE) {
    yield source.range(first, Math.min(USERS_A_PIECE, rows - first)).map(({ userId }) => userId);
  }
}
