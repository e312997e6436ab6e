import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { newId } from '../../ids.ts';
import type { ImportJobTable } from '../../store/schema.ts';
import { type JobTaken, type RunDependencies, runJob } from './run-job.ts';
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
  const processId = `${hostname()}:${process.pid}:`;
  const seen = new Map<string, Seen>();

  async function work(row: ImportJobTable, { signal, isHandedOver, onProgress }: Working): Promise<boolean> {
    const runnerId = processId + newId(clock());
    const isClaimed = await store.transaction((queries) => queries.importJobs.claim(row, runnerId));
    if (!isClaimed) return false;
    const stopping = new AbortController();
    let wasAsked = false;
    const stop = () => stopping.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
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
      beating.end();
    }
    return true;
  }

  /** Shows that the runner is alive, and looks whether somebody asks it to stop. */
  function beat(row: ImportJobTable, runnerId: string, signal: AbortSignal, onStop: () => void) {
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    const run = async () => {
      while (!ended.signal.aborted) {
        await setTimeout(HEARTBEAT_MS, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
        if (ended.signal.aborted) return;
        await store.transaction((queries) => queries.importJobs.checkpoint(row.pool_id, row.job_id, runnerId, {}));
        const current = await store.read.importJobs.find(row.pool_id, row.job_id);
        if (!both.aborted && (current?.stop_requested === 1 || current?.runner !== runnerId)) onStop();
      }
    };
    run().catch(onError);
    return { end: () => ended.abort() };
  }

  /** Whether nobody is at a job any more, as far as this process can tell by now. */
  function isAbandoned({ job_id: jobId, runner, heartbeat }: ImportJobTable): boolean {
    if (runner === null || isDeadHere(runner, processId)) return true;
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
        // Where the upload lies out of reach, the job is another server's.
        if (row.state === 'running' && !(await uploads.has(row.job_id))) continue;
        seen.delete(row.job_id);
        if (await work(row, { signal, isHandedOver: true })) return true;
      }
      return false;
    },
  };
}

/** Whether a runner was a process of this machine that is gone, or an earlier life of this process's id. */
function isDeadHere(runner: string, processId: string): boolean {
  const [host = '', pid = ''] = runner.split(':');
  if (host !== hostname()) return false;
  if (runner.startsWith(processId)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function isTaken(error: unknown): error is JobTaken {
  return error instanceof Error && error.name === 'JobTaken';
}
