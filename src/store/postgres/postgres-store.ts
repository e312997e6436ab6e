import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { FactorportError } from '../../errors/error.ts';
import { type AuditWriters, createAuditWriters, NO_CHAIN, type Outcome, type WriterLease } from '../audit-writers.ts';
import { readSchemaVersion, runMigrations } from '../migrations/run.ts';
import { createQueries, type Queries } from '../queries/index.ts';
import type { Database } from '../schema.ts';
import { LostRace, type Store } from '../store.ts';
import { postgresAttempts } from './attempts.ts';
import { writeAuditOnPostgres } from './audit.ts';
import { postgresBulkOperations } from './bulk.ts';

const MAXIMUM_CONNECTIONS = 10;
/** Imports and deletions wait for each other; they must not take the connections that verification needs. */
const MAXIMUM_LONG_TRANSACTIONS = 6;
/** Distinct texts of queries outside transactions that are kept prepared. */
const MAXIMUM_STATEMENTS = 200;
const CONNECT_TIMEOUT_MS = 10_000;
/** A lost race is run again from the start; that two imports lose five in a row against each other does not happen. */
const MAXIMUM_ATTEMPTS = 5;
/** One key for every process that starts on this database. */
const MIGRATION_LOCK = "hashtextextended('factorport migration', 0)";

/** bigint arrives as text, because it may exceed a number; ours are times and counts, far below 2^53. */
const BIGINT_OID = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === BIGINT_OID ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** Opens a PostgreSQL database by its URL. Nothing is contacted before the first query. */
export function openPostgresStore(url: string, clock: () => number): Store {
  const pool = openPool(url, MAXIMUM_CONNECTIONS);
  const longPool = openPool(url, MAXIMUM_LONG_TRANSACTIONS);
  const auditWriters = createAuditWriters(clock);
  const witnessWriters = createAuditWriters(clock);

  async function withClient<Result>(
    work: (client: pg.PoolClient) => Promise<Result>,
    source: pg.Pool = pool,
  ): Promise<Result> {
    const client = await source.connect().catch((error: unknown) => {
      throw unreachable(error);
    });
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = isConnectionLost(error);
      throw broken ? unreachable(error) : error;
    } finally {
      client.release(broken);
    }
  }

  async function inTransaction<Result>(
    work: (client: pg.PoolClient, lease: WriterLease) => Promise<Result>,
    end: 'commit' | 'rollback',
    source: pg.Pool = pool,
    writers: AuditWriters = auditWriters,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await withClient((client) => runTransaction(client, writers.lease(), work, end), source);
      } catch (error) {
        if (!isLostRace(error)) throw error;
        if (attempt === MAXIMUM_ATTEMPTS) throw new FactorportError('conflict', { cause: error });
      }
    }
  }

  /** Since it was last asked: the commit of an attempt waits for the disk behind what others commit. */
  let hadAttempts = false;
  const poolDatabase = new Kysely<Database>({ dialect: new PostgresDialect({ pool: guardedPool(pool) }) });
  return {
    engine: 'postgres',
    read: createQueries({
      engine: 'postgres',
      database: poolDatabase,
      bulk: bulkOutsideTransaction(),
      audit: { chain: NO_CHAIN, write: async () => undefined },
    }),
    chainAudit(digest) {
      auditWriters.useDigest(digest);
      witnessWriters.useDigest(digest);
    },
    attempts: postgresAttempts({
      query: (statement, values) => withClient((client) => client.query({ ...statement, values })),
      transaction(work) {
        hadAttempts = true;
        return inTransaction(work, 'commit');
      },
    }),
    transaction: (work, lane) =>
      inTransaction(
        (client, lease) => work(queriesOn(client, lease)),
        'commit',
        lane === 'long' ? longPool : pool,
        lane === 'witness' ? witnessWriters : auditWriters,
      ),
    rehearse: (work) => inTransaction((client, lease) => work(queriesOn(client, lease)), 'rollback', longPool),
    expectMuch: () => undefined,
    isAwaited() {
      const wasAwaited = hadAttempts;
      hadAttempts = false;
      return wasAwaited;
    },
    migrate: () =>
      inTransaction(async (client) => {
        await client.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
        return runMigrations(databaseOn(client), 'postgres', clock());
      }, 'commit'),
    schemaVersion: () =>
      withClient(async (client) => {
        const { rows } = await client.query(`select to_regclass('schema_version') is not null as found`);
        return readSchemaVersion(databaseOn(client), rows[0].found);
      }),
    ping: () => withClient(async (client) => void (await client.query('select 1'))),
    clockDifference: () =>
      withClient(async (client) => {
        const { rows } = await client.query('select extract(epoch from clock_timestamp()) * 1000 as now');
        return Number(rows[0].now) - clock();
      }),
    async close() {
      await Promise.all([pool.end(), longPool.end()]);
    },
  };
}

function openPool(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'factorport',
    types,
  });
  // A connection that breaks is told to whoever uses it, by its query. Without listeners of these events, on the pool
  // while it is idle and on the client while it is in use, the same would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

async function runTransaction<Result>(
  client: pg.PoolClient,
  lease: WriterLease,
  work: (client: pg.PoolClient, lease: WriterLease) => Promise<Result>,
  end: 'commit' | 'rollback',
): Promise<Result> {
  await client.query('begin');
  let outcome: Outcome = 'undone';
  try {
    const result = await work(client, lease);
    if (end === 'commit') outcome = 'unknown';
    const { command } = await client.query(end);
    // PostgreSQL answers a commit after a statement that failed with a rollback, and with no error.
    if (command !== end.toUpperCase())
      throw new Error('the transaction was undone, because a statement in it had failed');
    if (end === 'commit') outcome = 'committed';
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {
      // The database may not know yet that it has lost us: the rows of this writer stay locked until it does.
      outcome = 'unknown';
    });
    throw error;
  } finally {
    lease.settle(outcome);
  }
}

const databases = new WeakMap<pg.PoolClient, Kysely<Database>>();

/** Kysely on one client, for everything that belongs to one transaction. */
function databaseOn(client: pg.PoolClient): Kysely<Database> {
  let database = databases.get(client);
  if (database === undefined) {
    const pool = { connect: async () => borrowed(client), end: async () => undefined } as unknown as PostgresPool;
    database = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
    databases.set(client, database);
  }
  return database;
}

/** The client as Kysely takes it from a pool; giving it back is the transaction's business. */
function borrowed(client: pg.PoolClient) {
  return { query: client.query.bind(client), release: () => undefined };
}

function queriesOn(client: pg.PoolClient, chain: WriterLease): Queries {
  const audit = { chain, write: writeAuditOnPostgres(client) };
  const bulk = postgresBulkOperations(client);
  return createQueries({ engine: 'postgres', database: databaseOn(client), bulk, audit });
}

/** Bulk operations lock and write, so they exist only inside a transaction. */
function bulkOutsideTransaction(): Queries['bulk'] {
  return new Proxy({} as Queries['bulk'], {
    get: () => () => {
      throw new Error('a bulk operation needs a transaction');
    },
  });
}

/** Says `unavailable` where the database cannot be reached or goes away, whatever the driver calls it. */
function guardedPool(pool: pg.Pool): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw unreachable(error);
      });
      return {
        async query(sql: string, parameters: unknown[]) {
          try {
            return await client.query({ name: statementName(sql), text: sql, values: parameters });
          } catch (error) {
            throw isConnectionLost(error) ? unreachable(error) : error;
          }
        },
        release: () => client.release(),
      };
    },
    end: () => pool.end(),
  } as unknown as PostgresPool;
}

const statementNames = new Map<string, string>();

/** A name lets PostgreSQL parse and plan a text once for each connection. */
function statementName(sql: string): string | undefined {
  let name = statementNames.get(sql);
  if (name === undefined && statementNames.size < MAXIMUM_STATEMENTS) {
    name = `read-${statementNames.size}`;
    statementNames.set(sql, name);
  }
  return name;
}

function unreachable(error: unknown): FactorportError {
  return new FactorportError('unavailable', { cause: error });
}

/** Serialisation failure, deadlock, and a row that another transaction added first. */
function isLostRace(error: unknown): boolean {
  if (error instanceof LostRace) return true;
  return ['40001', '40P01', '23505'].includes(String((error as { code?: unknown }).code));
}

/** Class 08 (connection exception; not 08P01, a message that breaks the protocol), class 57P (shutdown, crash), and sockets that closed (no SQLSTATE at all). */
function isConnectionLost(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && /^(08(?!P01)|57P|53300|E[A-Z]+$)/.test(code)) return true;
  return typeof message === 'string' && /connection (terminated|ended|error)|not queryable/i.test(message);
}
