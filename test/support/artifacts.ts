import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Everything that the suite leaves behind, for the scan that looks for secrets in it. */
export const ARTIFACTS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '.artifacts');

/** A folder of the suite's remains, made if need be. */
export function artifactFolder(...names: string[]): string {
  const folder = join(ARTIFACTS, ...names);
  mkdirSync(folder, { recursive: true });
  return folder;
}
