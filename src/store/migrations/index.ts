import type { Kysely } from 'kysely';
import type { Database } from '../schema.ts';
import type { Engine } from '../store.ts';
import { createTables } from './0001-create-tables.ts';
import { addVerifyAndAudit } from './0002-verify-and-audit.ts';
import { addImportJobs } from './0003-import-jobs.ts';

export interface Migration {
  readonly name: string;
  run(database: Kysely<Database>, engine: Engine): Promise<void>;
}

/** In the order in which they are run; the position, from 1, is the schema version. Never change one that was released. */
export const MIGRATIONS: readonly Migration[] = [
  { name: 'create tables', run: createTables },
  { name: 'verification, recovery, enrolment, audit chain', run: addVerifyAndAudit },
  { name: 'import jobs', run: addImportJobs },
];
