import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { sqlitePath } from '../../src/config.ts';
import { createTestDatabase, ENGINES, type TestDatabase } from '../support/engines.ts';
import { plantedCode, plantedSeed } from '../support/planted.ts';
import { startTestServer } from '../support/test-server.ts';

/** More than is written at a time, so that the first part is on its way when the broken row is met. */
const USERS = 6_000;

describe.each(ENGINES)('an import that meets a row that does not open: %s', (engine) => {
  it.each([
    ['replaces', items('user', USERS, 1)],
    ['adds', [...items('new', USERS, 1), ...items('user', USERS, 0).slice(-1)]],
  ])('answers 500 and leaves every row as it was, even where the part before it %s rows', async (_, list) => {
    const database = await createTestDatabase(engine);
    await using server = await startTestServer(engine, { database });
    const token = await server.token();
    const send = (some: readonly unknown[]) =>
      server.call('POST', '/api/v3/import-otp', { token, body: { list: some, options: { createMissingUsers: true } } });
    expect((await send(items('user', USERS, 0))).body.statusCode).toBe(200);
    await breakSeal(database, userIdOf('user', USERS - 1));
    const before = await readRows(database);

    expect((await send(list)).body.statusCode).toBe(500);
    // Whatever was still on its way to the database arrives before this one.
    expect((await send(items('other', 1, 0))).body.statusCode).toBe(200);
    const kept = new Set(before);
    const left = await readRows(database);
    expect(left.filter((row) => !kept.has(row)).length, 'rows that were written').toBe(0);
    expect(left.length, 'rows that are left').toBe(before.length);
  });
});

function items(name: string, count: number, version: number) {
  return Array.from({ length: count }, (_, index) => {
    const number = version * USERS + index;
    return {
      userId: userIdOf(name, index),
      otp: { secret: plantedSeed(number), recoveryCode: plantedCode(number) },
    };
  });
}

function userIdOf(name: string, index: number): string {
  return `${name}-${String(index).padStart(6, '0')}`;
}

async function breakSeal(database: TestDatabase, userId: string): Promise<void> {
  await query(
    database,
    `update factor set sealed_seed = (select sealed_seed from factor where user_id = 'user-000000')
    where user_id = '${userId}'`,
  );
}

/** Which factor and which recovery code each user of the list has. */
async function readRows(database: TestDatabase): Promise<string[]> {
  const rows = await query(
    database,
    `select user_id, factor_id, '' as code_id from factor where user_id not like 'other%'
      union all select user_id, factor_id, code_id from recovery_code where user_id not like 'other%'`,
  );
  return rows.map((row) => JSON.stringify(row));
}

async function query({ config }: TestDatabase, sql: string): Promise<unknown[]> {
  if (config.databaseUrl === undefined) {
    const database = new DatabaseSync(sqlitePath(config));
    try {
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  }
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
