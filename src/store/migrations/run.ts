import { type Kysely, sql } from 'kysely';
import { FactorportError } from '../../errors/error.ts';
import type { Database } from '../schema.ts';
import type { Engine, SchemaVersion } from '../store.ts';
import { MIGRATIONS } from './index.ts';

/**
 * Runs the migrations that the database lacks. The caller holds a transaction and a lock that keeps every other process
 * out, so several may start at once and a killed one leaves nothing half done.
 *
 * @throws `database_newer` where the database was written by a newer program
 */
export async function runMigrations(database: Kysely<Database>, engine: Engine, now: number): Promise<SchemaVersion> {
  await sql`create table if not exists schema_version (version integer primary key not null, name text not null, applied_at ${sql.raw(engine === 'sqlite' ? 'integer' : 'bigint')} not null)`.execute(
    database,
  );
  const current = await readVersion(database);
  const known = MIGRATIONS.length;
  refuseNewer(current, known);
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index < current) continue;
    await migration.run(database, engine);
    await sql`insert into schema_version (version, name, applied_at) values (${index + 1}, ${migration.name}, ${now})`.execute(
      database,
    );
  }
  return { current: known, known };
}

/** @throws `database_newer` where the database was written by a newer program */
export async function readSchemaVersion(database: Kysely<Database>, tableExists: boolean): Promise<SchemaVersion> {
  const current = tableExists ? await readVersion(database) : 0;
  refuseNewer(current, MIGRATIONS.length);
  return { current, known: MIGRATIONS.length };
}

async function readVersion(database: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ version: number | null }>`select max(version) as version from schema_version`.execute(
    database,
  );
  return Number(rows[0]?.version ?? 0);
}

function refuseNewer(found: number, known: number): void {
  if (found > known) throw new FactorportError('database_newer', { parameters: { found, known } });
}
