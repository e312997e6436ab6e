import { DatabaseSync } from 'node:sqlite';
import Fastify from 'fastify';
import pg from 'pg';

/*
 * The least that a verification can be: JSON in, one indexed read, one conditional update, JSON out. It opens no seed,
 * compares no code, asks nobody who they are, counts no failures and writes neither log nor audit event.
 *
 * In SQLite every update is a commit of its own, as a route has it that was written without further thought.
 *
 * Settings: POOL_ID, and SQLITE_PATH or DATABASE_URL.
 */

const PERIOD_MS = 30_000;
const READ = 'select last_step from factor where pool_id = $1 and user_id = $2';
const UPDATE = 'update factor set last_step = $3 where pool_id = $1 and user_id = $2 and last_step < $3';

/** Uses up the current step of a user's factor. @returns whether it was there and not used yet */
type UseStep = (userId: string, step: number) => boolean | Promise<boolean>;

const { POOL_ID = '', SQLITE_PATH, DATABASE_URL } = process.env;
const useStep = SQLITE_PATH === undefined ? openPostgres(DATABASE_URL) : openSqlite(SQLITE_PATH);

const app = Fastify();
app.post('/verify', async (request) => {
  const { userId } = request.body as { userId: string };
  return { verified: await useStep(userId, Math.floor(Date.now() / PERIOD_MS)) };
});
console.log(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}`);

function openSqlite(path: string): UseStep {
  const database = new DatabaseSync(path);
  database.exec('pragma journal_mode = wal; pragma synchronous = full');
  const read = database.prepare(READ.replaceAll('$', '?'));
  const update = database.prepare(UPDATE.replaceAll('$', '?'));
  return (userId, step) => {
    const factor = read.get(POOL_ID, userId);
    return factor !== undefined && update.run(POOL_ID, userId, step).changes === 1;
  };
}

function openPostgres(url: string | undefined): UseStep {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  return async (userId, step) => {
    const { rows } = await pool.query(READ, [POOL_ID, userId]);
    if (rows.length === 0) return false;
    return (await pool.query(UPDATE, [POOL_ID, userId, step])).rowCount === 1;
  };
}
