import { join } from 'node:path';
import { startServerProcess } from '../../test/support/server-process.ts';
import { type BenchDatabase, type DatabaseMaker, openDatabaseMaker } from '../lib/databases.ts';
import { type Figures, type Findings, medianOf, ratio, type Subject } from '../lib/measurement.ts';
import { readPeakRssMiB } from '../lib/peak-memory.ts';
import { createItems, type Item, populate } from '../lib/population.ts';
import { writeRaw } from '../lib/raw-write.ts';
import { type Credentials, signPost } from '../lib/signed-request.ts';

const PATH = '/api/v3/import-otp';

export const importApi: Subject = {
  name: 'import-api',
  summary: 'one signed POST /api/v3/import-otp with a list of --rows users, against a service in its own process',
  defaultRows: 50_000,
  figures: {
    rowsPerSecond: 'Users a second, from before the list is written as JSON and signed until the answer has been read.',
    limitRowsPerSecond:
      'Users a second when the very rows that the service wrote (factor, recovery_code), sealed and ready, are written by the engine alone: SQLite by one prepared statement a table in one transaction, PostgreSQL by binary COPY in one transaction; same disk, same schema, same durability, users present.',
    ratio: 'rowsPerSecond / limitRowsPerSecond: how much of what the database could do is left.',
    peakRssMiB: 'The most RAM that the process of the service has had (VmHWM); null where the system does not tell.',
    repetitions: 'The same for each run. Service and limit take turns, each on a fresh database; figures are medians.',
  },
  columns: { 'users/s': 'rowsPerSecond', 'limit/s': 'limitRowsPerSecond', ratio: 'ratio', 'peak MiB': 'peakRssMiB' },
  async measure({ rows, db, repetitions }): Promise<Findings> {
    await using databases = await openDatabaseMaker(db);
    const items = createItems(rows);
    const runs: Figures[] = [];
    for (let run = 0; run < repetitions; run++) runs.push(await repeat(databases, items));
    return { overall: summarise(runs), repetitions: runs };
  },
};

async function repeat(databases: DatabaseMaker, items: readonly Item[]): Promise<Figures> {
  const database = await databases.create();
  const imported = await measureImport(database, items);
  const target = await databases.create();
  await populate(target, items);
  const limitMilliseconds = await writeRaw(database, target);
  const rowsPerSecond = (items.length / imported.milliseconds) * 1000;
  const limitRowsPerSecond = (items.length / limitMilliseconds) * 1000;
  return {
    milliseconds: imported.milliseconds,
    limitMilliseconds,
    rowsPerSecond,
    limitRowsPerSecond,
    ratio: ratio(rowsPerSecond, limitRowsPerSecond),
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

function summarise(runs: readonly Figures[]): Figures {
  const rowsPerSecond = medianOf('rowsPerSecond', runs);
  const limitRowsPerSecond = medianOf('limitRowsPerSecond', runs);
  const peaks = runs.map((run) => run.peakRssMiB ?? null).filter((peak) => peak !== null);
  return {
    rowsPerSecond: Math.round(rowsPerSecond ?? 0),
    limitRowsPerSecond: Math.round(limitRowsPerSecond ?? 0),
    ratio: ratio(rowsPerSecond, limitRowsPerSecond),
    peakRssMiB: peaks.length === 0 ? null : Math.max(...peaks),
  };
}
