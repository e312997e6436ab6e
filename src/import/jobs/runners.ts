import { setTimeout } from 'node:timers/promises';
import { newId } from '../../ids.ts';
import type { ImportJobTable } from '../../store/schema.ts';
import type { JobTaken } from './job-progress.ts';
import { isGone, THIS_PROCESS } from './process-identity.ts';
import { type RunDependencies, runJob } from './run-job.ts';
import { undoJob } from './undo-job.ts';

/** A runner that shows no sign of life for so long is thought dead: its job goes to another. */
const DEAD_AFTER_MS = 5_000;
const HEARTBEAT_MS = 1_000;

/** Works at jobs, of which each is run by one process at a time. */
export interface Runners {
  /**
   * Takes up a job, if nobody is at it, and works until it is at its end, stopped, or the signal is aborted.
   *
   * @returns whether it was taken up
   */
  work(row: ImportJobTable, how: Working): Promise<boolean>;
  /** Looks for jobs that nobody is at and works at the first. @returns whether there was one */
  takeNext(signal: AbortSignal): Promise<boolean>;
}

export interface Working {
  readonly signal: AbortSignal;
  /** Whether the job, when the signal is aborted, stays for another process to go on with. */
  readonly isHandedOver: boolean;
  onProgress?(): void;
}

/** A sign of life as it was first seen. */
interface Seen {
  readonly heartbeat: number;
  readonly sinceMs: number;
}

export function createRunners(dependencies: RunDependencies, onError: (error: unknown) => void): Runners {
  const { store, uploads, clock } = dependencies;
  const seen = new Map<string, Seen>();

  async function work(row: ImportJobTable, { signal, isHandedOver, onProgress }: Working): Promise<boolean> {
    if (!isAbandoned(row)) return false;
    const runnerId = `${THIS_PROCESS}:${newId(clock())}`;
    const isClaimed = await store.transaction((queries) => queries.importJobs.claim(row, runnerId));
    if (!isClaimed) return false;
    seen.delete(row.job_id);
    const stopping = new AbortController();
    let wasAsked = false;
    const stop = () => stopping.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    // Asked of a runner that is gone.
    if (row.stop_requested === 1) {
      wasAsked = true;
      stop();
    }
    const beating = beat(row, runnerId, stopping.signal, () => {
      wasAsked = true;
      stop();
    });
    const runner = {
      runnerId,
      signal: stopping.signal,
      isHandedOver: () => isHandedOver && !wasAsked,
      onProgress: () => onProgress?.(),
    };
    try {
      const current = await store.read.importJobs.find(row.pool_id, row.job_id);
      if (current?.state === 'undoing') await undoJob(dependencies, current, runner);
      else if (current?.state === 'running') await runJob(dependencies, current, runner);
    } catch (error) {
      if (!isTaken(error)) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      await beating.end();
    }
    return true;
  }

  /** Shows that the runner is alive, and looks whether somebody asks it to stop. */
  function beat(row: ImportJobTable, runnerId: string, signal: AbortSignal, onStop: () => void) {
    const ended = new AbortController();
    async function beatOnce(): Promise<void> {
      await store.transaction((queries) => queries.importJobs.checkpoint(row.pool_id, row.job_id, runnerId, {}));
      const current = await store.read.importJobs.find(row.pool_id, row.job_id);
      if (signal.aborted || ended.signal.aborted) return;
      if (current?.stop_requested === 1 || current?.runner !== runnerId) onStop();
    }
    async function run(): Promise<void> {
      while (!ended.signal.aborted) {
        await setTimeout(HEARTBEAT_MS, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
        // A database that is away for a moment must not end this for good.
        if (!ended.signal.aborted) await beatOnce().catch(onError);
      }
    }
    const running = run();
    return {
      async end() {
        ended.abort();
        await running;
      },
    };
  }

  /** Whether nobody is at a job any more, as far as this process can tell by now. */
  function isAbandoned({ job_id: jobId, runner, heartbeat }: ImportJobTable): boolean {
    if (runner === null || isGone(runner)) return true;
    const before = seen.get(jobId);
    const nowMs = performance.now();
    if (before?.heartbeat !== heartbeat) {
      seen.set(jobId, { heartbeat, sinceMs: nowMs });
      return false;
    }
    return nowMs - before.sinceMs > DEAD_AFTER_MS;
  }

  return {
    work,
    async takeNext(signal) {
      for (const row of await store.read.importJobs.atWork()) {
        if (signal.aborted) return false;
        if (!isAbandoned(row)) continue;
        // Where the upload lies out of reach, the job is another server's; to end it no upload is needed.
        const isToEnd = row.state === 'undoing' || row.stop_requested === 1 || (row.upload_expires_at ?? 0) <= clock();
        if (!isToEnd && !(await uploads.has(row.job_id))) continue;
        if (await work(row, { signal, isHandedOver: true })) return true;
      }
      return false;
    },
  };
}

function isTaken(error: unknown): error is JobTaken {
  return error instanceof Error && error.name === 'JobTaken';
}
