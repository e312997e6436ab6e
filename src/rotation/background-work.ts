import { setTimeout as pause } from 'node:timers/promises';
import type { Vault } from '../vault/vault.ts';
import type { KeyRotation } from './key-rotation.ts';

/**
 * How often a process looks whether another one has made or destroyed a ring key. A new one that is met earlier is
 * learnt at once; a destroyed one is gone from memory half a minute after it was missed.
 */
const LOOK_EVERY_MS = 5_000;
/** A rotation that waits for broken values to be mended or deleted goes through the tables again after so long. */
const TRY_AGAIN_AFTER_MS = 60_000;

export interface BackgroundWork {
  /** Also works at rotations from now on. */
  workToo(): void;
  /** Looks at once. */
  wake(): void;
  /** Resolves when nothing is being done any more. */
  stop(): Promise<void>;
}

interface Dependencies {
  readonly vault: Vault;
  readonly rotation: KeyRotation;
  readonly onError: (error: unknown) => void;
}

/** Keeps the ring of this process current, and, where asked to, brings rotations to their end. */
export function startBackgroundWork({ vault, rotation, onError }: Dependencies): BackgroundWork {
  let works = false;
  let stopped = false;
  let restUntil = 0;
  let running: Promise<void> | undefined;

  /** Rests as long as it has worked, so that at most half of the process's time goes into it. */
  async function work(): Promise<void> {
    while (!stopped) {
      const begun = performance.now();
      const result = await rotation.step();
      if (result === 'stuck') restUntil = begun + TRY_AGAIN_AFTER_MS;
      if (result !== 'worked') return;
      await pause(performance.now() - begun);
    }
  }

  async function look(): Promise<void> {
    await vault.reload();
    if (!works) return;
    await rotation.destroyTokenKeys();
    if (performance.now() >= restUntil) await work();
  }

  function wake(): void {
    if (stopped) return;
    running ??= look()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  }

  const timer = setInterval(wake, LOOK_EVERY_MS);
  timer.unref();
  return {
    workToo() {
      works = true;
      wake();
    },
    wake,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
