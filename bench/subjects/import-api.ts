import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/store/store.ts';
import { startServerProcess } from '../../test/support/server-process.ts';
import { type BenchDatabase, type DatabaseMaker, openDatabaseMaker } from '../lib/databases.ts';
import { type Measurement, median, type Repetition, type Subject } from '../lib/measurement.ts';
import { readPeakRssMiB } from '../lib/peak-memory.ts';
import { createItems, type Item, populate } from '../lib/population.ts';
import { writeRaw } from '../lib/raw-write.ts';
import { type Credentials, signPost } from '../lib/signed-request.ts';

const PATH = '/api/v3/import-otp';

export const importApi: Subject = {
  name: 'import-api',
  summary: 'one signed POST /api/v3/import-otp with a list of --rows users, against a service in its own process',
  figures: {
    rowsPerSecond: 'Users a second, from before the list is written as JSON and signed until the answer has been read.',
    limitRowsPerSecond:
      'Users a second when the very rows that the service wrote (factor, recovery_code), sealed and ready, are written by the engine alone: SQLite by one prepared statement a table in one transaction, PostgreSQL by binary COPY in one transaction; same disk, same schema, same durability, users present.',
    ratio: 'rowsPerSecond / limitRowsPerSecond: how much of what the database could do is left.',
    peakRssMiB: 'The most RAM that the process of the service has had (VmHWM); null where the system does not tell.',
    repetitions: 'The same for each run. Service and limit take turns, each on a fresh database; figures are medians.',
  },
  async measure({ rows, db, repetitions }): Promise<Measurement> {
    await using databases = await openDatabaseMaker(db);
    const items = createItems(rows);
    const runs: Repetition[] = [];
    for (let run = 0; run < repetitions; run++) runs.push(await repeat(databases, items));
    return summarise(db, rows, runs);
  },
};

async function repeat(databases: DatabaseMaker, items: readonly Item[]): Promise<Repetition> {
  const database = await databases.create();
  const imported = await measureImport(database, items);
  const target = await databases.create();
  await populate(target, items);
  const limitMilliseconds = await writeRaw(database, target);
  return {
    milliseconds: imported.milliseconds,
    limitMilliseconds,
    rowsPerSecond: (items.length / imported.milliseconds) * 1000,
    limitRowsPerSecond: (items.length / limitMilliseconds) * 1000,
    peakRssMiB: imported.peakRssMiB,
  };
}

async function measureImport(database: BenchDatabase, items: readonly Item[]) {
  const credentials = await populate(database, items);
  await using server = await startServerProcess(database.environment, { logFile: join(database.folder, 'log') });
  const startedAt = performance.now();
  await importOtp(server.url, items, credentials);
  const milliseconds = performance.now() - startedAt;
  const peakRssMiB = await readPeakRssMiB(server.pid);
  server.kill('SIGTERM');
  await server.exited;
  return { milliseconds, peakRssMiB };
}

async function importOtp(url: string, list: readonly Item[], credentials: Credentials): Promise<void> {
  const request = signPost(PATH, { list }, credentials);
  const response = await fetch(url + PATH, { method: 'POST', ...request });
  const answer = (await response.json()) as { statusCode: number; message: string };
  if (answer.statusCode !== 200) throw new Error(`import-otp answered ${answer.statusCode}: ${answer.message}`);
}

function summarise(db: Engine, rows: number, repetitions: readonly Repetition[]): Measurement {
  const rowsPerSecond = median(repetitions.map((run) => run.rowsPerSecond));
  const limitRowsPerSecond = median(repetitions.map((run) => run.limitRowsPerSecond));
  const peaks = repetitions.map((run) => run.peakRssMiB).filter((peak) => peak !== null);
  return {
    subject: importApi.name,
    db,
    rows,
    rowsPerSecond: Math.round(rowsPerSecond),
    limitRowsPerSecond: Math.round(limitRowsPerSecond),
    ratio: Number((rowsPerSecond / limitRowsPerSecond).toFixed(3)),
    peakRssMiB: peaks.length === 0 ? null : Math.max(...peaks),
    node: process.version,
    cpus: availableParallelism(),
    repetitions,
  };
}
