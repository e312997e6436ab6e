import { fileURLToPath } from 'node:url';
import { runScript } from './contender-process.ts';
import type { BenchDatabase } from './databases.ts';

/** How the import of a file went. */
export interface ImportedFile {
  readonly added: number;
  readonly recoveryCodes: number;
  /** From before the file was read until the job had finished. */
  readonly milliseconds: number;
  /** Of these, until the file was sealed and the job ready. */
  readonly uploadMilliseconds: number;
  /** The whole life of the process: the start of Node and of the service, and their end, too. */
  readonly processMilliseconds: number;
  readonly peakRssMiB: number | null;
}

const SCRIPT = fileURLToPath(new URL('./import-file-process.ts', import.meta.url));

/**
 * Imports a file of so many registrations in a process of its own.
 *
 * @throws Error if not every registration and its recovery code was added
 */
export async function importFile(database: BenchDatabase, path: string, rows: number): Promise<ImportedFile> {
  const startedAt = performance.now();
  const output = await runScript(SCRIPT, [path], database.environment);
  const processMilliseconds = performance.now() - startedAt;
  const { state, ...imported } = JSON.parse(output) as Omit<ImportedFile, 'processMilliseconds'> & { state: string };
  if (state !== 'finished' || imported.added !== rows || imported.recoveryCodes !== rows) {
    throw new Error(`the import did not add everything: ${output.trim()}`);
  }
  return { ...imported, processMilliseconds };
}
