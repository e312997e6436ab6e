import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DatabaseMaker, openDatabaseMaker, settle } from '../lib/databases.ts';
import { type BuiltProgram, buildProgram, importFile as importWhole } from '../lib/import-file.ts';
import { type Figures, type Findings, medianOf, ratio, round, type Subject } from '../lib/measurement.ts';
import { populateUsers } from '../lib/population.ts';
import { writeRaw } from '../lib/raw-write.ts';
import { registeredUsers, writeRegistrations } from '../lib/registrations.ts';

/** The raw write holds the rows of PostgreSQL in memory, and makes one transaction of them. */
const MAXIMUM_ROWS_OF_LIMIT = 2_000_000;

export const importFile: Subject = {
  name: 'import-file',
  summary:
    'an NDJSON file of --rows users, each with a recovery code, imported by `factorport import FILE` of the compiled program',
  defaultRows: 1_000_000,
  figures: {
    rowsPerSecond:
      'Users a second, from before the first byte of the file is read until the job has finished: the file is sealed as an upload first, then read, checked, sealed and committed in batches. The users are there and are found by user_id.',
    limitRowsPerSecond: `Users a second when the very rows that the service wrote (factor, recovery_code), sealed and ready, are written by the engine alone: SQLite by one prepared statement a table in one transaction, with the clock stopped while rows are read, PostgreSQL by binary COPY from memory in one transaction; same disk, same schema, same durability, users present. null above ${MAXIMUM_ROWS_OF_LIMIT} rows: there only speed and memory of the import are measured, and --repetitions 1 is enough.`,
    ratio: 'rowsPerSecond / limitRowsPerSecond: how much of what the database could do is left.',
    peakRssMiB: 'The most RAM that the process of the import has had (VmHWM); null where the system does not tell.',
    milliseconds: 'The time measured.',
    processMilliseconds: 'The whole life of the process, with the start of Node and of the service and their end.',
    repetitions: 'The same for each run. Service and limit take turns, each on a fresh database; figures are medians.',
  },
  columns: {
    'users/s': 'rowsPerSecond',
    'limit/s': 'limitRowsPerSecond',
    ratio: 'ratio',
    'peak MiB': 'peakRssMiB',
    ms: 'milliseconds',
    'process ms': 'processMilliseconds',
  },
  async measure({ rows, db, repetitions }): Promise<Findings> {
    await using program = buildProgram();
    await using databases = await openDatabaseMaker(db);
    const folder = await mkdtemp(join(tmpdir(), 'factorport-bench-file-'));
    try {
      const path = join(folder, 'registrations.ndjson');
      await writeRegistrations(path, rows);
      const runs: Figures[] = [];
      for (let run = 0; run < repetitions; run++) runs.push(await repeat(program, databases, path, rows));
      return { overall: summarise(runs), repetitions: runs };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function repeat(program: BuiltProgram, databases: DatabaseMaker, path: string, rows: number): Promise<Figures> {
  await using database = await populated(databases, rows);
  const imported = await importWhole(program, database, path, rows);
  const limitRowsPerSecond = rows > MAXIMUM_ROWS_OF_LIMIT ? null : await measureLimit(databases, database, rows);
  const rowsPerSecond = (rows / imported.milliseconds) * 1000;
  return {
    rowsPerSecond: Math.round(rowsPerSecond),
    limitRowsPerSecond,
    ratio: ratio(rowsPerSecond, limitRowsPerSecond),
    peakRssMiB: imported.peakRssMiB,
    milliseconds: round(imported.milliseconds, 0),
    processMilliseconds: round(imported.processMilliseconds, 0),
  };
}

async function measureLimit(databases: DatabaseMaker, source: Database, rows: number): Promise<number> {
  await using target = await populated(databases, rows);
  return Math.round((rows / (await writeRaw(source, target))) * 1000);
}

type Database = Awaited<ReturnType<DatabaseMaker['create']>>;

async function populated(databases: DatabaseMaker, rows: number): Promise<Database> {
  const database = await databases.create();
  await populateUsers(database, registeredUsers(rows));
  await settle(database);
  return database;
}

function summarise(runs: readonly Figures[]): Figures {
  const names = Object.keys(runs[0] as Figures);
  const medians = Object.fromEntries(names.map((name) => [name, medianOf(name, runs)]));
  const peaks = runs.map((run) => run.peakRssMiB ?? null).filter((peak) => peak !== null);
  return {
    ...medians,
    ratio: ratio(medians.rowsPerSecond ?? null, medians.limitRowsPerSecond ?? null),
    peakRssMiB: peaks.length === 0 ? null : Math.max(...peaks),
  };
}
