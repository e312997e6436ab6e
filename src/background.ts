import { setTimeout } from 'node:timers/promises';

/** Work that a running service does beside answering requests. */
export interface BackgroundTask {
  /** How long to wait after one run before the next; the first comes a second after the start. */
  readonly everyMs: number;
  /** Ends soon after `signal` is aborted, between two pieces of work. */
  run(signal: AbortSignal): Promise<unknown>;
}

export interface Background {
  /** Ends every task and waits for the piece that each is at. */
  stop(): Promise<void>;
}

/** Starting up has enough to do. */
const FIRST_RUN_AFTER_MS = 1_000;

/** Runs tasks again and again, each by itself and never twice at a time. What fails is told and tried again later. */
export function startBackground(tasks: readonly BackgroundTask[], onError: (error: unknown) => void): Background {
  const stopping = new AbortController();
  const { signal } = stopping;

  const pause = (ms: number) => setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined);

  async function repeat({ everyMs, run }: BackgroundTask): Promise<void> {
    await pause(FIRST_RUN_AFTER_MS);
    while (!signal.aborted) {
      try {
        await run(signal);
      } catch (error) {
        if (!signal.aborted) onError(error);
      }
      await pause(everyMs);
    }
  }

  const running = tasks.map(repeat);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
