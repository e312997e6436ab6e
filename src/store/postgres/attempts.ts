import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import type { AttemptOperations, SettledAttempt } from '../attempts.ts';
import type { AuditChain } from '../audit-writers.ts';
import { stateOf } from '../queries/factors.ts';
import { AUDIT_EVENT_COLUMNS } from '../rows.ts';
import type { FactorTable } from '../schema.ts';
import { writeAuditOnPostgres } from './audit.ts';

const FIND = { name: 'find-factor', text: 'select * from factor where pool_id = $1 and user_id = $2' };

/** The columns of an attempt, as JSON carries them to the database. */
const ATTEMPT = `json_to_recordset($1::json) as attempt (pool_id text, user_id text, factor_id text, last_step bigint,
  counter bigint, failures bigint, now bigint, new_last_step bigint, new_counter bigint, new_drift_steps bigint,
  new_failures bigint, new_throttled_until bigint, new_last_used_at bigint)`;

/**
 * Only factors that nobody else has locked: one that a long import holds must not keep the others waiting, and groups of
 * several servers that hold what the other wants would end in a deadlock.
 */
const CHANGE = {
  name: 'change-factors',
  text: `with held as (
      select attempt.* from ${ATTEMPT} cross join lateral (
        select from factor where factor.pool_id = attempt.pool_id and factor.user_id = attempt.user_id
          for update skip locked
      ) as found
    ), changed as (
      update factor
        set last_step = new_last_step, counter = new_counter, drift_steps = new_drift_steps, failures = new_failures,
          throttled_until = new_throttled_until, last_used_at = new_last_used_at
        from held
        where factor.pool_id = held.pool_id and factor.user_id = held.user_id
          and factor.factor_id = held.factor_id and factor.last_step = held.last_step
          and factor.counter = held.counter and factor.failures = held.failures
          and factor.throttled_until <= now and factor.last_step <= new_last_step and factor.counter <= new_counter
        returning factor.pool_id, factor.user_id
    )
    select held.pool_id, held.user_id, changed.user_id is not null as is_changed
      from held left join changed on changed.pool_id = held.pool_id and changed.user_id = held.user_id`,
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

/** How long an attempt waits for a factor that is locked: a little, and longer each time, up to the second of these. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;

interface Waiting {
  readonly attempt: SettledAttempt;
  /** Of the attempt's user, made once: the list is gone through for every group. */
  readonly name: string;
  readonly pauseMs: number;
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

  async function find(poolId: string, userId: string): Promise<FactorTable | undefined> {
    const { rows } = await query(FIND, [poolId, userId]);
    return rows[0] as FactorTable | undefined;
  }

  async function settleGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const isChanged = await transaction((client, chain) =>
        writeAttempts(
          client,
          chain,
          group.map(({ attempt }) => attempt),
        ),
      );
      for (const one of group) {
        const changed = isChanged.get(one.name);
        if (changed === undefined) void settleLater(one);
        else one.resolve(changed);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** For an attempt whose factor was locked, or is gone. It holds no connection while it waits. */
  async function settleLater(one: Waiting): Promise<void> {
    const { attempt, pauseMs, resolve, reject } = one;
    try {
      const factor = await find(attempt.poolId, attempt.userId);
      if (factor === undefined || !isDeepStrictEqual(stateOf(factor), attempt.state)) return resolve(false);
      await setTimeout(pauseMs);
      submit({ ...one, pauseMs: Math.min(2 * pauseMs, LONGEST_PAUSE_MS) });
    } catch (error) {
      reject(error);
    }
  }

  function submit(one: Waiting): void {
    waiting.push(one);
    if (groups < MAXIMUM_GROUPS) void drain();
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
    find,
    settle: (attempt) =>
      new Promise((resolve, reject) =>
        submit({ attempt, name: nameOf(attempt), pauseMs: FIRST_PAUSE_MS, resolve, reject }),
      ),
  };
}

/** A statement changes a row once, so a group has one attempt of each user. */
function takeGroup(waiting: readonly Waiting[]): { group: Waiting[]; rest: Waiting[] } {
  const group = new Map<string, Waiting>();
  const rest: Waiting[] = [];
  for (const one of waiting) {
    if (group.size < MAXIMUM_GROUP && !group.has(one.name)) group.set(one.name, one);
    else rest.push(one);
  }
  return { group: [...group.values()], rest };
}

/** @returns for the name of each attempt whose factor nobody else has locked, whether it was as it was judged by */
async function writeAttempts(
  client: pg.ClientBase,
  chain: AuditChain,
  attempts: readonly SettledAttempt[],
): Promise<Map<string, boolean>> {
  const { rows } = await client.query({ ...CHANGE, values: [JSON.stringify(attempts.map(asRow))] });
  const changed = new Map<string, boolean>(
    rows.map(({ pool_id, user_id, is_changed }) => [nameOf({ poolId: pool_id, userId: user_id }), is_changed]),
  );
  const entries = attempts.filter((attempt) => changed.get(nameOf(attempt)) === true).map(({ event }) => event);
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
