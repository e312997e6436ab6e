import { createReadStream } from 'node:fs';
import { readConfig } from '../../src/config.ts';
import { DEFAULT_JOB_OPTIONS } from '../../src/import/jobs/job.ts';
import { openServices } from '../../src/services.ts';
import type { ImportedFile } from './import-file.ts';
import { readPeakRssMiB } from './peak-memory.ts';

/*
 * Imports the file of its argument, as `factorport import FILE` does with its defaults: it takes the file as an upload,
 * which seals it, and works at the job itself. Prints one line of JSON: an {@link ImportedFile} but for the whole time.
 */

const services = await openServices(readConfig({}));
const { importJobs, defaultPool } = services;
const poolId = defaultPool.pool_id;
const actor = { poolId, id: 'cli:bench', address: '', requestId: 'bench' };
const startedAt = performance.now();
const upload = await importJobs.beginUpload(actor, { fileName: 'bench.ndjson' });
await upload.file(createReadStream(process.argv[2] as string));
const { job } = await upload.finish();
const uploadMilliseconds = performance.now() - startedAt;
await importJobs.run(actor, job.jobId, DEFAULT_JOB_OPTIONS);
const { state, counts } = await importJobs.work(poolId, job.jobId, new AbortController().signal, () => undefined);
const milliseconds = performance.now() - startedAt;
const peakRssMiB = await readPeakRssMiB(process.pid);
await services.close();
const { added, recoveryCodes } = counts;
const told: Omit<ImportedFile, 'processMilliseconds'> & { readonly state: string } = {
  ...{ state, added, recoveryCodes, milliseconds, uploadMilliseconds, peakRssMiB },
};
console.log(JSON.stringify(told));
