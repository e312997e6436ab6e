import { setImmediate } from 'node:timers/promises';

/**
 * Lets calls that come in the same turn of the event loop share one read, which begins after all of them: each sees what
 * is true after it was asked.
 */
export function shareReads<Value>(read: (name: string) => Promise<Value>): (name: string) => Promise<Value> {
  const waiting = new Map<string, Promise<Value>>();

  async function readLater(name: string): Promise<Value> {
    await setImmediate();
    waiting.delete(name);
    return read(name);
  }

  return (name) => {
    let shared = waiting.get(name);
    if (shared === undefined) {
      shared = readLater(name);
      waiting.set(name, shared);
    }
    return shared;
  };
}
