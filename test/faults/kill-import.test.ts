import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createTestDatabase, ENGINES, type TestDatabase } from '../support/engines.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { countAuditedImports, importBody, type List, readVersions } from './oracle.ts';
import { post, prepareDatabase } from './prepare.ts';

const KILLS = 30;
const SIZES = [300, 400, 500, 700, 1_000, 3_000];
/** Lists that are being imported at the same time. */
const WORKERS = 3;
/** A kill comes at a random moment up to this long after the first import was sent. */
const LATEST_KILL_MS = 300;

describe.each(ENGINES)('kill -9 during imports: %s', (engine) => {
  it('keeps every acknowledged import wholly, and every other one wholly or not at all', {
    timeout: 180_000,
  }, async () => {
    const database = await createTestDatabase(engine);
    const { token } = await prepareDatabase(database);
    const lists = SIZES.map((size, number): List => ({ number, size, acknowledged: 0, sent: 0 }));
    const tally = { interruptedKills: 0, undone: 0 };
    let server = await startServerProcess(database.environment);
    let latestMs = LATEST_KILL_MS;
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const interrupted = await importUntilKilled(server, token, lists, latestMs);
        if (interrupted.length > 0) tally.interruptedKills++;
        await waitUntilConnectionsAreGone(database);
        // The next server starts before anything is read, so that it is the one that recovers.
        server = await startServerProcess(database.environment);
        tally.undone += await settle(database, lists);
        // On a machine that is busy with other things imports take longer, and some are to be done before the kill.
        if (committedOf(lists) < (kill + 1) / 2) latestMs = Math.min(latestMs * 1.25, 10 * LATEST_KILL_MS);
      }
    } finally {
      await server[Symbol.asyncDispose]();
    }
    const committed = committedOf(lists);
    console.log(`${engine}, ${KILLS} kills: ${JSON.stringify({ ...tally, committed })}`);
    expect(await countAuditedImports(database)).toBe(committed);
    expect(tally.interruptedKills).toBeGreaterThan(KILLS * 0.8);
    expect(tally.undone).toBeGreaterThan(KILLS * 0.5);
    expect(committed).toBeGreaterThan(lists.length);
  });
});

function committedOf(lists: readonly List[]): number {
  return lists.reduce((sum, list) => sum + list.acknowledged, 0);
}

/** Compares what is there with what was acknowledged, and goes on from there. @returns how many imports were undone */
async function settle(database: TestDatabase, lists: readonly List[]): Promise<number> {
  const versions = await readVersions(database, lists);
  let undone = 0;
  for (const list of lists) {
    const version = versions[list.number] as number;
    expect([list.acknowledged, list.sent], `list ${list.number}`).toContain(version);
    if (version < list.sent) undone++;
    list.acknowledged = version;
    list.sent = version;
  }
  return undone;
}

/** Imports several lists at once until the server is killed at a random moment. @returns those without an answer */
async function importUntilKilled(
  server: ServerProcess,
  token: string,
  lists: readonly List[],
  latestMs: number,
): Promise<List[]> {
  const shares = Array.from({ length: WORKERS }, (_, worker) =>
    lists.filter((list) => list.number % WORKERS === worker),
  );
  const work = shares.map((share) => importInTurns(server.url, token, share));
  await setTimeout(Math.random() * latestMs);
  server.kill('SIGKILL');
  await server.exited;
  return (await Promise.all(work)).filter((list) => list !== undefined);
}

/** @returns the list whose import had no answer when the server died */
async function importInTurns(url: string, token: string, lists: readonly List[]): Promise<List | undefined> {
  for (let turn = Math.floor(Math.random() * lists.length); ; turn++) {
    const list = lists[turn % lists.length] as List;
    const body = importBody(list, list.acknowledged + 1);
    list.sent = list.acknowledged + 1;
    try {
      const answer = await post(url, '/api/v3/import-otp', token, body);
      expect(answer.statusCode, answer.message).toBe(200);
    } catch (error) {
      if (error instanceof TypeError) return list;
      throw error;
    }
    list.acknowledged = list.sent;
  }
}

/** A connection that was in a commit when its client died finishes it; until then the outcome is open. */
async function waitUntilConnectionsAreGone({ config }: TestDatabase): Promise<void> {
  if (config.databaseUrl === undefined) return;
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  try {
    for (;;) {
      const { rows } = await client.query(
        'select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      if (rows.length === 0) return;
      await setTimeout(20);
    }
  } finally {
    await client.end();
  }
}
