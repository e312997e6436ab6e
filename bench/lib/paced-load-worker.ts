import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openConnection } from './connection.ts';
import { type Answer, readAnswer } from './http-answer.ts';
import type { Target } from './load.ts';
import type { PacedAnswer, PacedOrder, PacedReply, PacedRequest } from './paced-load.ts';

const target: Target = workerData;
const free: Socket[] = [];
const wanting: ((socket: Socket) => void)[] = [];
for (let count = 0; count < target.connections; count++) openConnection(target.url).then(giveBack);
parentPort?.on('message', async ({ order, requests }: PacedOrder) => {
  const answers = await Promise.all(requests.map(sendAtItsTime));
  parentPort?.postMessage({ order, answers } satisfies PacedReply);
});

async function sendAtItsTime({ dueAt, text }: PacedRequest): Promise<PacedAnswer> {
  const bytes = Buffer.from(text);
  await setTimeout(Math.max(0, dueAt - now()));
  // A timer is late by up to a millisecond, of which the server knows nothing.
  const startedAt = performance.now();
  const socket = free.pop() ?? (await new Promise<Socket>((resolve) => wanting.push(resolve)));
  const { status, body } = await exchange(socket, bytes);
  const milliseconds = performance.now() - startedAt;
  giveBack(socket);
  if (status === 200 && body.includes(target.accepted)) return { dueAt, milliseconds };
  throw new Error(`a right code was answered with ${status}: ${body}`);
}

function exchange(socket: Socket, bytes: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let received = '';
    const onData = (text: string) => {
      received += text;
      const answer = readAnswer(received);
      if (answer !== undefined) end(() => resolve(answer));
    };
    const onClose = () => end(() => reject(new Error('the server closed a connection')));
    const onError = (error: Error) => end(() => reject(error));
    const end = (settle: () => void) => {
      socket.off('data', onData).off('close', onClose).off('error', onError);
      settle();
    };
    socket.on('data', onData).on('close', onClose).on('error', onError).write(bytes);
  });
}

function giveBack(socket: Socket): void {
  const next = wanting.shift();
  if (next === undefined) free.push(socket);
  else next(socket);
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
