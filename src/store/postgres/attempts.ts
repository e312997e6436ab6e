import type pg from 'pg';
import type { AttemptOperations, SettledAttempt } from '../attempts.ts';
import type { AuditChain } from '../audit-writers.ts';
import { AUDIT_EVENT_COLUMNS } from '../rows.ts';
import type { FactorTable } from '../schema.ts';
import { writeAuditOnPostgres } from './audit.ts';

const FIND = { name: 'find-factor', text: 'select * from factor where pool_id = $1 and user_id = $2' };

/** The columns of an attempt, as JSON carries them to the database. */
const ATTEMPT = `json_to_recordset($1::json) as attempt (pool_id text, user_id text, factor_id text, last_step bigint,
  counter bigint, failures bigint, now bigint, new_last_step bigint, new_counter bigint, new_drift_steps bigint,
  new_failures bigint, new_throttled_until bigint, new_last_used_at bigint)`;

const CHANGE = {
  name: 'change-factors',
  text: `update factor
    set last_step = new_last_step, counter = new_counter, drift_steps = new_drift_steps, failures = new_failures,
      throttled_until = new_throttled_until, last_used_at = new_last_used_at
    from ${ATTEMPT}
    where factor.pool_id = attempt.pool_id and factor.user_id = attempt.user_id
      and factor.factor_id = attempt.factor_id and factor.last_step = attempt.last_step
      and factor.counter = attempt.counter and factor.failures = attempt.failures
      and factor.throttled_until <= now and factor.last_step <= new_last_step and factor.counter <= new_counter
    returning factor.pool_id, factor.user_id`,
};

const TEXT_COLUMNS = AUDIT_EVENT_COLUMNS.filter((column) => !['sequence', 'at', 'hash'].includes(column));
const APPEND = {
  name: 'append-attempts',
  text: `with appended as (
      insert into audit_event (${[...TEXT_COLUMNS, 'sequence', 'at', 'hash'].join(', ')})
      select ${TEXT_COLUMNS.join(', ')}, sequence, at, decode(hash, 'hex')
      from json_to_recordset($1::json)
        as event (${TEXT_COLUMNS.map((column) => `${column} text`).join(', ')}, sequence bigint, at bigint, hash text))
    update audit_writer set last_sequence = $2, last_hash = $3, last_mac = $4, updated_at = $5 where writer_id = $6`,
};

/** So many attempts at most share a transaction. */
const MAXIMUM_GROUP = 100;
/** So many transactions of attempts are under way at once: while one waits for the disk, the next is filled. */
const MAXIMUM_GROUPS = 2;

interface Waiting {
  readonly attempt: SettledAttempt;
  resolve(changed: boolean): void;
  reject(error: unknown): void;
}

interface Dependencies {
  query(statement: { name: string; text: string }, values: unknown[]): Promise<pg.QueryResult>;
  transaction<Result>(work: (client: pg.ClientBase, chain: AuditChain) => Promise<Result>): Promise<Result>;
}

/**
 * Reads by a prepared statement. Writes those attempts that come together in one transaction, because each transaction
 * costs a wait for the disk and four trips to the database. Nobody is answered before the commit.
 */
export function postgresAttempts({ query, transaction }: Dependencies): AttemptOperations {
  let waiting: Waiting[] = [];
  let groups = 0;

  async function settleGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const changed = await transaction((client, chain) =>
        writeAttempts(
          client,
          chain,
          group.map(({ attempt }) => attempt),
        ),
      );
      for (const { attempt, resolve } of group) resolve(changed.has(nameOf(attempt)));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  async function drain(): Promise<void> {
    groups++;
    while (waiting.length > 0) {
      const { group, rest } = takeGroup(waiting);
      waiting = rest;
      await settleGroup(group);
    }
    groups--;
  }

  return {
    async find(poolId, userId) {
      const { rows } = await query(FIND, [poolId, userId]);
      return rows[0] as FactorTable | undefined;
    },
    settle: (attempt) =>
      new Promise((resolve, reject) => {
        waiting.push({ attempt, resolve, reject });
        if (groups < MAXIMUM_GROUPS) void drain();
      }),
  };
}

/** A statement changes a row once, so a group has one attempt of each user. */
function takeGroup(waiting: readonly Waiting[]): { group: Waiting[]; rest: Waiting[] } {
  const group = new Map<string, Waiting>();
  const rest: Waiting[] = [];
  for (const one of waiting) {
    const name = nameOf(one.attempt);
    if (group.size < MAXIMUM_GROUP && !group.has(name)) group.set(name, one);
    else rest.push(one);
  }
  return { group: [...group.values()], rest };
}

/** @returns the names of the attempts whose factor was as they were judged by */
async function writeAttempts(
  client: pg.ClientBase,
  chain: AuditChain,
  attempts: readonly SettledAttempt[],
): Promise<Set<string>> {
  const { rows } = await client.query({ ...CHANGE, values: [JSON.stringify(attempts.map(asRow))] });
  const changed = new Set(rows.map(({ pool_id, user_id }) => nameOf({ poolId: pool_id, userId: user_id })));
  const entries = attempts.filter((attempt) => changed.has(nameOf(attempt))).map(({ event }) => event);
  if (entries.length === 0) return changed;
  const piece = chain.extend(entries);
  if (piece.tail !== undefined) await writeAuditOnPostgres(client)(piece);
  else {
    const { last_sequence, last_hash, last_mac, updated_at, writer_id } = piece.head;
    const events = piece.events.map((event) => ({ ...event, hash: Buffer.from(event.hash ?? []).toString('hex') }));
    const values = [JSON.stringify(events), last_sequence, last_hash, last_mac, updated_at, writer_id];
    await client.query({ ...APPEND, values });
  }
  return changed;
}

function asRow({ poolId, userId, state, change, now }: SettledAttempt) {
  return {
    pool_id: poolId,
    user_id: userId,
    factor_id: state.factorId,
    last_step: state.lastStep,
    counter: state.counter,
    failures: state.failures,
    now,
    new_last_step: change.lastStep,
    new_counter: change.counter,
    new_drift_steps: change.driftSteps,
    new_failures: change.failures,
    new_throttled_until: change.throttledUntil,
    new_last_used_at: change.lastUsedAt,
  };
}

/** JSON of two texts: no two users have the same. */
function nameOf({ poolId, userId }: { readonly poolId: string; readonly userId: string }): string {
  return JSON.stringify([poolId, userId]);
}
