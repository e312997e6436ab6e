import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { FactorportError } from '../../errors/error.ts';
import { createBatches } from './batches.ts';
import type { FromReader, ReaderOrder, ToReader } from './messages.ts';

/*
 * The thread that reads, checks and seals. It reads ahead, so many batches at most; what it is asked about a batch it
 * answers between two pieces of a file.
 */

const port = parentPort;
if (port === null) throw new Error('this module is the body of a worker thread');
const send = (message: FromReader, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

const order = workerData as ReaderOrder;
try {
  // On Linux this is the nice value of this thread alone.
  if (process.platform === 'linux') setPriority(0, order.niceness);
} catch {
  // Not allowed here; then not.
}
const batches = createBatches(order, send);
port.on('message', (message: ToReader) => batches.answer(message));
batches
  .read()
  .then(() => send({ kind: 'end' }))
  .catch((error: unknown) => {
    if (error instanceof FactorportError) send({ kind: 'refused', code: error.code, parameters: error.parameters });
    else send({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
