/*
 * A process that works at an import job until it is done, or killed: `node job-runner.ts POOL JOB`. It begins when it is
 * told to, by a line on its standard input, so that the next one can stand ready.
 */
import { once } from 'node:events';
import { readConfig } from '../../src/config.ts';
import { openServices } from '../../src/services.ts';

const [poolId = '', jobId = ''] = process.argv.slice(2);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const services = await openServices(readConfig({}, process.env), { onError: (error) => console.error(error) });
process.stdout.write('working\n');
const job = await services.importJobs.work(poolId, jobId, new AbortController().signal);
process.stdout.write(`${job.state}\n`);
await services.close();
process.exit();
