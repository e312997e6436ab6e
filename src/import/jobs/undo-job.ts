import type { Actor } from '../../audit/audit-log.ts';
import type { Queries } from '../../store/queries/index.ts';
import type { ImportJobTable } from '../../store/schema.ts';
import type { Engine } from '../../store/store.ts';
import type { UndoCounts } from './job.ts';
import { JobTaken } from './job-progress.ts';
import { readUndoCounts } from './job-row.ts';
import type { RunDependencies, Runner } from './run-job.ts';
import { deleteCreatedUsers, undoUsers } from './undo-users.ts';

/** Some milliseconds for everybody else on SQLite; on PostgreSQL nobody waits. */
const USERS_A_BATCH: Readonly<Record<Engine, number>> = { sqlite: 250, postgres: 1_000 };

/** What is gone through, in this order: users with a factor of the job, those who lost codes, those it created. */
const PHASES = ['factors', 'previous', 'users'] as const;
type Phase = (typeof PHASES)[number];

/**
 * Undoes a job from its last checkpoint on, user by user in the order of their ids; each batch is one transaction that
 * holds the users, the audit event and the checkpoint.
 *
 * @throws JobTaken; what the database throws
 */
export async function undoJob(dependencies: RunDependencies, row: ImportJobTable, runner: Runner): Promise<void> {
  const { store, vault, audit, clock } = dependencies;
  const { pool_id: poolId, job_id: jobId } = row;
  const actor: Actor = { poolId, id: row.created_by, address: '', requestId: jobId };
  let { phase, after } = readPosition(row.undo_position);
  let counts = readUndoCounts(row);

  async function checkpoint(
    queries: Queries,
    change: Parameters<Queries['importJobs']['checkpoint']>[3],
  ): Promise<void> {
    const isOurs = await queries.importJobs.checkpoint(poolId, jobId, runner.runnerId, change);
    if (!isOurs) throw new JobTaken('another process has taken the job over');
  }

  async function undoBatch(userIds: readonly string[]): Promise<void> {
    const last = userIds.at(-1) as string;
    const result = await store.transaction(async (queries) => {
      const done =
        phase === 'users'
          ? { usersDeleted: await deleteCreatedUsers(queries, row, userIds) }
          : await undoUsers(queries, vault, row, userIds, clock());
      const detail = { jobId, users: userIds.length, ...done };
      await queries.audit.append([audit.stamp(actor, { action: 'import.undo', result: 'ok', detail })]);
      const undone = add(counts, done);
      await checkpoint(queries, { undo_position: `${phase}:${last}`, undo_counts: JSON.stringify(undone) });
      return undone;
    }, 'long');
    counts = result;
    after = last;
    runner.onProgress();
  }

  for (;;) {
    if (runner.signal.aborted) {
      await store.transaction((queries) => checkpoint(queries, { runner: null }));
      return;
    }
    const userIds = await nextUsers(store.read, row, phase, after, USERS_A_BATCH[store.engine]);
    if (userIds.length > 0) await undoBatch(userIds);
    else {
      const next = PHASES[PHASES.indexOf(phase) + 1];
      if (next === undefined) break;
      phase = next;
      after = '';
    }
  }
  await store.transaction(async (queries) => {
    for (const table of ['import_created_user', 'previous_factor', 'previous_recovery_code'] as const) {
      await queries.importedUsers.forget(table, poolId, jobId);
    }
    await checkpoint(queries, { state: 'undone', undoable_until: null, finished_at: clock(), runner: null });
  }, 'long');
}

async function nextUsers(
  { importedUsers }: Queries,
  { pool_id: poolId, job_id: jobId }: ImportJobTable,
  phase: Phase,
  after: string,
  limit: number,
): Promise<string[]> {
  if (phase === 'users') return importedUsers.after('import_created_user', poolId, jobId, after, limit);
  if (phase === 'previous') return importedUsers.usersWithPrevious(poolId, jobId, after, limit);
  const rows = await importedUsers.factorsOf(poolId, jobId, after, limit);
  return rows.map((row) => row.user_id);
}

function readPosition(text: string): { phase: Phase; after: string } {
  const phase = PHASES.find((one) => text.startsWith(`${one}:`));
  return phase === undefined ? { phase: 'factors', after: '' } : { phase, after: text.slice(phase.length + 1) };
}

function add(counts: UndoCounts, more: Partial<UndoCounts>): UndoCounts {
  return {
    restored: counts.restored + (more.restored ?? 0),
    removed: counts.removed + (more.removed ?? 0),
    usersDeleted: counts.usersDeleted + (more.usersDeleted ?? 0),
    changedSince: counts.changedSince + (more.changedSince ?? 0),
  };
}
