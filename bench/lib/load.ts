import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Requests as they go over the wire, each to be sent once. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  /** Sent first, so that nothing is measured that still compiles. */
  readonly warmUp: Burst;
  readonly measured: Burst;
  /** What the body of every answer must hold, with status 200; the first that does not ends the measurement. */
  readonly accepted: string;
}

export interface Burst {
  readonly requests: readonly string[];
  /** After this time nothing more is sent, even if requests are left. */
  readonly seconds: number;
}

/** How a server bore a load; times are from the first byte sent until the answer has been read. */
export interface Bearing {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends a load from a thread of its own, so that whatever else this process does delays no request. */
export async function applyLoad(load: Load): Promise<Bearing> {
  const worker = new Worker(new URL('./load-worker.ts', import.meta.url), { workerData: load });
  const [bearing] = await once(worker, 'message');
  return bearing;
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
