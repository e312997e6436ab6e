import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder for the files that a test gives to the program: they hold secrets in clear, so they do not belong to what
 * the suite leaves behind. It goes when the process ends.
 */
export function inputFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'factorport-input-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
