import type { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { openConnection } from './connection.ts';
import { readAnswer } from './http-answer.ts';
import type { Bearing, Burst, Target } from './load.ts';

// One request at a time on each.
const target: Target = workerData;
const sockets = Promise.all(Array.from({ length: target.connections }, () => openConnection(target.url)));
parentPort?.on('message', async (burst: Burst) => parentPort?.postMessage(await send(burst)));

async function send({ requests, seconds }: Burst): Promise<Bearing> {
  const bytes = requests.map((request) => Buffer.from(request));
  const latencies: number[] = [];
  const connected = await sockets;
  const startedAt = performance.now();
  const stopAt = startedAt + seconds * 1000;
  let next = 0;
  const take = () => (performance.now() < stopAt ? bytes[next++] : undefined);
  await Promise.all(connected.map((socket) => sendOn(socket, take, latencies)));
  return { milliseconds: performance.now() - startedAt, latencies };
}

/** One request after the other on one connection, until there is none left. */
function sendOn(socket: Socket, take: () => Buffer | undefined, latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = '';
    let sentAt = 0;
    const proceed = () => {
      const request = take();
      if (request === undefined) return finish(resolve);
      sentAt = performance.now();
      socket.write(request);
    };
    const onData = (text: string) => {
      received += text;
      const answer = readAnswer(received);
      if (answer === undefined) return;
      latencies.push(performance.now() - sentAt);
      received = received.slice(answer.end);
      if (answer.status === 200 && answer.body.includes(target.accepted)) proceed();
      else finish(() => reject(new Error(`a right code was answered with ${answer.status}: ${answer.body}`)));
    };
    const onClose = () => reject(new Error('the server closed a connection'));
    const finish = (settle: () => void) => {
      socket.off('data', onData).off('close', onClose).off('error', reject);
      settle();
    };
    socket.on('data', onData).on('close', onClose).on('error', reject);
    proceed();
  });
}
