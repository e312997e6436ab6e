import { sql } from 'kysely';
import type { ImportFailureTable, ImportJobTable } from '../schema.ts';
import type { QueryContext } from './context.ts';

/** What a runner changes of its job; never who runs it. */
export type JobChange = Partial<Omit<ImportJobTable, 'pool_id' | 'job_id' | 'runner' | 'heartbeat'>>;

const AT_WORK = ['running', 'undoing'] as const;

export function importJobQueries({ database, engine }: QueryContext) {
  const jobs = (poolId: string) => database.selectFrom('import_job').selectAll().where('pool_id', '=', poolId);

  return {
    async insert(job: ImportJobTable): Promise<void> {
      await database.insertInto('import_job').values(job).execute();
    },
    async find(poolId: string, jobId: string): Promise<ImportJobTable | undefined> {
      return jobs(poolId).where('job_id', '=', jobId).executeTakeFirst();
    },
    /** As {@link find}, and keeps others from changing it until the transaction ends. */
    async findForUpdate(poolId: string, jobId: string): Promise<ImportJobTable | undefined> {
      const query = jobs(poolId).where('job_id', '=', jobId);
      return (engine === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
    },
    async findByKey(poolId: string, idempotencyKey: string): Promise<ImportJobTable | undefined> {
      return jobs(poolId).where('idempotency_key', '=', idempotencyKey).executeTakeFirst();
    },
    /** Newest first: ids begin with the time. */
    async list(poolId: string, limit: number, after: string | undefined): Promise<ImportJobTable[]> {
      let query = jobs(poolId).where('state', '!=', 'uploading');
      if (after !== undefined) query = query.where('job_id', '<', after);
      return query.orderBy('job_id', 'desc').limit(limit).execute();
    },
    /** Jobs that somebody is at, or should be, in every pool. */
    async atWork(): Promise<ImportJobTable[]> {
      return database.selectFrom('import_job').selectAll().where('state', 'in', AT_WORK).orderBy('job_id').execute();
    },
    async withExpiredUpload(now: number): Promise<ImportJobTable[]> {
      return database
        .selectFrom('import_job')
        .selectAll()
        .where('upload_expires_at', '<=', now)
        .where('state', 'not in', AT_WORK)
        .limit(100)
        .execute();
    },
    /** What is known of the uploads of these jobs, in every pool. */
    async uploadsOf(jobIds: readonly string[]): Promise<Pick<ImportJobTable, 'job_id' | 'upload_expires_at'>[]> {
      if (jobIds.length === 0) return [];
      return database
        .selectFrom('import_job')
        .select(['job_id', 'upload_expires_at'])
        .where('job_id', 'in', jobIds)
        .execute();
    },
    async withExpiredUndo(now: number): Promise<ImportJobTable[]> {
      return database
        .selectFrom('import_job')
        .selectAll()
        .where('undoable_until', '<=', now)
        .where('state', 'not in', AT_WORK)
        .limit(100)
        .execute();
    },
    async update(poolId: string, jobId: string, change: JobChange & { runner?: string | null }): Promise<void> {
      await database
        .updateTable('import_job')
        .set(change)
        .where('pool_id', '=', poolId)
        .where('job_id', '=', jobId)
        .execute();
    },
    async delete(poolId: string, jobId: string): Promise<void> {
      await database.deleteFrom('import_job').where('pool_id', '=', poolId).where('job_id', '=', jobId).execute();
    },
    /**
     * Makes a process the one at work, where nobody is, or where whoever was has shown no sign of life since the job was
     * looked at.
     *
     * @returns whether it is
     */
    async claim(
      seen: Pick<ImportJobTable, 'pool_id' | 'job_id' | 'runner' | 'heartbeat'>,
      runner: string,
    ): Promise<boolean> {
      const result = await database
        .updateTable('import_job')
        .set({ runner, heartbeat: seen.heartbeat + 1 })
        .where('pool_id', '=', seen.pool_id)
        .where('job_id', '=', seen.job_id)
        .where('state', 'in', AT_WORK)
        .where('heartbeat', '=', seen.heartbeat)
        .where((builder) =>
          seen.runner === null ? builder('runner', 'is', null) : builder('runner', '=', seen.runner),
        )
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },
    /**
     * Writes how far a job has come, if this process is still the one at work. In the transaction of the rows, so that a
     * process which was thought dead and wakes up again writes none.
     *
     * @returns whether it is
     */
    async checkpoint(
      poolId: string,
      jobId: string,
      runner: string,
      change: JobChange & { runner?: null },
    ): Promise<boolean> {
      const result = await database
        .updateTable('import_job')
        .set({ ...change, heartbeat: sql<number>`heartbeat + 1` })
        .where('pool_id', '=', poolId)
        .where('job_id', '=', jobId)
        .where('runner', '=', runner)
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },

    async appendFailures(rows: readonly ImportFailureTable[]): Promise<void> {
      for (let start = 0; start < rows.length; start += 500) {
        await database
          .insertInto('import_failure')
          .values(rows.slice(start, start + 500))
          .execute();
      }
    },
    /** In the order of the file. */
    async failures(
      poolId: string,
      jobId: string,
      page: { after: number; limit: number; reason?: string | undefined },
    ): Promise<ImportFailureTable[]> {
      let query = database
        .selectFrom('import_failure')
        .selectAll()
        .where('pool_id', '=', poolId)
        .where('job_id', '=', jobId)
        .where('sequence', '>', page.after);
      if (page.reason !== undefined) query = query.where('reason', '=', page.reason);
      return query.orderBy('sequence').limit(page.limit).execute();
    },
    /** Removes what was reported beyond a place of the file. */
    async deleteFailures(poolId: string, jobId: string, afterItem: number): Promise<void> {
      await database
        .deleteFrom('import_failure')
        .where('pool_id', '=', poolId)
        .where('job_id', '=', jobId)
        .where('item', '>', afterItem)
        .execute();
    },
    async countFailures(poolId: string, jobId: string): Promise<number> {
      const row = await database
        .selectFrom('import_failure')
        .select((builder) => builder.fn.max<number | null>('sequence').as('last'))
        .where('pool_id', '=', poolId)
        .where('job_id', '=', jobId)
        .executeTakeFirst();
      return Number(row?.last ?? 0);
    },
  };
}
