import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Whom to send requests to, and what to expect. */
export interface Target {
  readonly url: string;
  readonly connections: number;
  /** What the body of every answer must hold, with status 200; the first that does not ends the measurement. */
  readonly accepted: string;
}

/** Requests as they go over the wire, each to be sent once. */
export interface Burst {
  readonly requests: readonly string[];
  /** After this time nothing more is sent, even if requests are left. */
  readonly seconds: number;
}

/** How a server bore a burst. */
export interface Bearing {
  /** From the first request until the last answer. */
  readonly milliseconds: number;
  /** For each request that was answered, milliseconds from sending it until its answer has been read. */
  readonly latencies: readonly number[];
}

/** Connections that stay open from burst to burst. Leaving the scope closes them. */
export interface LoadGenerator extends AsyncDisposable {
  send(burst: Burst): Promise<Bearing>;
}

/** Sends from a thread of its own, so that whatever else this process does delays no request. */
export function openLoadGenerator(target: Target): LoadGenerator {
  const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: target });
  return {
    async send(burst) {
      worker.postMessage(burst);
      const [bearing] = await once(worker, 'message');
      return bearing;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

/** A POST of JSON as the text that is sent. */
export function postText(path: string, headers: Readonly<Record<string, string>>, body: object): string {
  const text = JSON.stringify(body);
  const lines = Object.entries({
    host: '127.0.0.1',
    ...headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}
