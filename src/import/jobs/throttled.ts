/** Runs work at most once in so many milliseconds, and never twice at a time. */
export function throttled(work: () => Promise<void>, everyMs: number): () => void {
  let nextMs = 0;
  let isRunning = false;
  return () => {
    if (isRunning || performance.now() < nextMs) return;
    isRunning = true;
    nextMs = performance.now() + everyMs;
    work()
      .catch(() => undefined)
      .finally(() => {
        isRunning = false;
      });
  };
}
