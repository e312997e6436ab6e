import { setTimeout } from 'node:timers/promises';

/** A name and what is told, as JSON. */
export interface ServerEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Proxies close what is silent, the most impatient after some tens of seconds. */
const HEARTBEAT_MS = 15_000;

/**
 * Writes events in the form of server-sent events (WHATWG HTML §9.2), with a comment where there is nothing to tell for a
 * while. Ends with the events, or when the signal is aborted.
 */
export async function* writeEvents(
  events: AsyncGenerator<ServerEvent, void, void>,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const ended = new Promise<'ended'>((resolve) =>
    signal.addEventListener('abort', () => resolve('ended'), { once: true }),
  );
  try {
    let next = events.next();
    while (!signal.aborted) {
      const pause = new AbortController();
      const silence = setTimeout(HEARTBEAT_MS, 'silence' as const, { signal: pause.signal, ref: false });
      const first = await Promise.race([next, ended, silence.catch(() => 'silence' as const)]);
      pause.abort();
      if (first === 'ended') return;
      if (first === 'silence') yield ': waiting\n\n';
      else if (first.done) return;
      else {
        yield `event: ${first.value.name}\ndata: ${JSON.stringify(first.value.data)}\n\n`;
        next = events.next();
      }
    }
  } catch (error) {
    // What fails because nobody listens any more is no failure.
    if (!signal.aborted) throw error;
  } finally {
    void events.return();
  }
}
