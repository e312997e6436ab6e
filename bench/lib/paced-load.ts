import { Worker } from 'node:worker_threads';
import type { Target } from './load.ts';

/** A request as it goes over the wire, to be sent once at its time, whatever became of those before. */
export interface PacedRequest {
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  readonly text: string;
}

/** How long the answer to a request took. */
export interface PacedAnswer {
  readonly dueAt: number;
  /** From when it was due until its answer has been read: where all connections wait, this waiting counts. */
  readonly milliseconds: number;
}

/** Requests at fixed times over connections that stay open. Leaving the scope closes them. */
export interface PacedLoad extends AsyncDisposable {
  /** May be called again before it has resolved. @returns when all of these are answered */
  send(requests: readonly PacedRequest[]): Promise<readonly PacedAnswer[]>;
}

/** What goes to the thread, and what comes back. */
export interface PacedOrder {
  readonly order: number;
  readonly requests: readonly PacedRequest[];
}
export interface PacedReply {
  readonly order: number;
  readonly answers: readonly PacedAnswer[];
}

/** Sends from a thread of its own, so that whatever else this process does delays no request. */
export function openPacedLoad(target: Target): PacedLoad {
  const worker = new Worker(new URL('./paced-load-worker.ts', import.meta.url), { workerData: target });
  const orders = new Map<number, PromiseWithResolvers<readonly PacedAnswer[]>>();
  worker.on('message', ({ order, answers }: PacedReply) => {
    orders.get(order)?.resolve(answers);
    orders.delete(order);
  });
  worker.on('error', (error) => {
    for (const { reject } of orders.values()) reject(error);
  });
  let count = 0;
  return {
    send(requests) {
      const order = count++;
      const answered = Promise.withResolvers<readonly PacedAnswer[]>();
      // Whoever sends on while this fails learns of it when they wait for it.
      answered.promise.catch(() => undefined);
      orders.set(order, answered);
      worker.postMessage({ order, requests } satisfies PacedOrder);
      return answered.promise;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
