import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/errors/table.ts';
import { fillText, type TextParameters } from '../../src/language.ts';
import { MIGRATIONS } from '../../src/store/migrations/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/engines.ts';
import { freePort } from '../support/postgres.ts';
import { type Finished, runFactorport, startServerProcess } from '../support/server-process.ts';
import { prepareDatabase } from './prepare.ts';

describe('a service that cannot start says why in one line and exits with 3', () => {
  it('where the data directory lies below a file', async () => {
    const database = await createTestDatabase('sqlite');
    const file = join(database.config.dataDir, 'file');
    writeFileSync(file, '');
    const path = join(file, 'data');
    expectRefusal(await serve(database, { FACTORPORT_DATA_DIR: path }), 'data_dir_unusable', { path });
  });

  it('where the data directory is a file', async () => {
    const database = await createTestDatabase('sqlite');
    const path = join(database.config.dataDir, 'file');
    writeFileSync(path, '');
    expectRefusal(await serve(database, { FACTORPORT_DATA_DIR: path }), 'data_dir_unusable', { path });
  });

  it('where the database file is a directory, or is no database', async () => {
    const first = await createTestDatabase('sqlite');
    mkdirSync(join(first.config.dataDir, 'factorport.db'));
    expectOneLine(await serve(first));
    const second = await createTestDatabase('sqlite');
    writeFileSync(join(second.config.dataDir, 'factorport.db'), randomBytes(8192));
    expectOneLine(await serve(second));
  });

  it('where the master key file is gone, and makes no new one in its place', async () => {
    const database = await createPreparedDatabase();
    rmSync(masterKeyPath(database));
    const parameters = { path: masterKeyPath(database) };
    expectRefusal(await serve(database), 'master_key_missing', parameters);
    expect(existsSync(masterKeyPath(database))).toBe(false);
  });

  it('where the master key is that of another database', async () => {
    const database = await createPreparedDatabase();
    writeFileSync(masterKeyPath(database), `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    expectRefusal(await serve(database), 'master_key_wrong');
    const environment = { FACTORPORT_MASTER_KEY: randomBytes(32).toString('hex') };
    expectRefusal(await serve(database, environment), 'master_key_wrong');
  });

  it('where the master key is not a key, and does not repeat it', async () => {
    const database = await createPreparedDatabase();
    const key = readFileSync(masterKeyPath(database), 'utf8').trim();
    const finished = await serve(database, { FACTORPORT_MASTER_KEY: key.slice(0, -4) });
    expectRefusal(finished, 'master_key_malformed', { source: 'FACTORPORT_MASTER_KEY' });
    expect(finished.errors).not.toContain(key.slice(0, 8));
  });

  it('where others can read the master key file, with the command that mends it', async () => {
    const database = await createPreparedDatabase();
    const path = masterKeyPath(database);
    chmodSync(path, 0o644);
    expectRefusal(await serve(database), 'master_key_exposed', { path });
    chmodSync(path, 0o600);
    await using server = await startServerProcess(database.environment);
    expect(server.url).toMatch(/^http:/);
  });

  it('where the database was written by a newer program, and leaves it as it is', async () => {
    const database = await createPreparedDatabase();
    const file = join(database.config.dataDir, 'factorport.db');
    changeDatabase(file, `insert into schema_version (version, name, applied_at) values (99, 'newer', 0)`);
    const before = readFileSync(file);
    expectRefusal(await serve(database), 'database_newer', { found: 99, known: MIGRATIONS.length });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('where the port is taken by another server', async () => {
    const database = await createPreparedDatabase();
    await using server = await startServerProcess(database.environment);
    const { port } = new URL(server.url);
    const finished = await serve(database, {}, port);
    expectRefusal(finished, 'port_in_use', { host: '127.0.0.1', port });
  });

  it('where nothing listens at DATABASE_URL, without repeating the password', async () => {
    const database = await createTestDatabase('sqlite');
    const url = `postgres://factorport:sw0rdfish@127.0.0.1:${await freePort()}/factorport`;
    const finished = await serve(database, { DATABASE_URL: url });
    expectOneLine(finished);
    expect(finished.errors).not.toContain('sw0rdfish');
  });
});

function serve(database: TestDatabase, more: Readonly<Record<string, string>> = {}, port = '0'): Promise<Finished> {
  return runFactorport(['serve', '--port', port], { ...database.environment, ...more });
}

async function createPreparedDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase('sqlite');
  await prepareDatabase(database);
  return database;
}

function masterKeyPath({ config }: TestDatabase): string {
  return join(config.dataDir, 'master.key');
}

function changeDatabase(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

function expectRefusal(finished: Finished, code: ErrorCode, parameters: TextParameters = {}): void {
  expect(finished.errors).toBe(`factorport: ${fillText(ERRORS[code], 'en', parameters)}\n`);
  expect([finished.code, finished.output]).toEqual([3, '']);
}

function expectOneLine({ code, output, errors }: Finished): void {
  expect(errors).toMatch(/^factorport: [^\n]+\n$/);
  expect([code, output]).toEqual([3, '']);
}
