import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { InspectionDto, ProofDto } from '../../import/jobs/inspection-dto.ts';
import type { JobOptions } from '../../import/jobs/job.ts';
import type { ImportJobDto } from '../../import/jobs/job-dto.ts';
import type { LocalText } from '../../language.ts';
import { multipartBody } from './form-body.ts';
import type { JobsClient, LocalFile, ProblemDto, ReadingOptions } from './jobs-client.ts';
import { RemoteRefusal } from './remote-refusal.ts';
import type { ServerCalls } from './server-access.ts';
import { readServerEvents } from './server-events.ts';

const PATH = '/api/v1/import-jobs';
/** A broken connection is taken up again so often before it counts as gone: half a minute, in which a server restarts. */
const ATTEMPTS_TO_FOLLOW = 6;
/** Before the second attempt; each further pause is twice as long. */
const FIRST_PAUSE_MS = 1_000;

/** Jobs of a server, by its API. */
export function createRemoteJobs(calls: ServerCalls, firstPauseMs: number = FIRST_PAUSE_MS): JobsClient {
  const at = (jobId: string, rest = '') => `${PATH}/${encodeURIComponent(jobId)}${rest}`;
  const post = (path: string, members: object = {}) =>
    calls.call('POST', path, { body: JSON.stringify(members), headers: { 'content-type': 'application/json' } });
  const get = async (jobId: string) => (await calls.call('GET', at(jobId))) as ImportJobDto;

  return {
    upload,
    get,
    follow,
    async list(limit) {
      const { list } = (await calls.call('GET', `${PATH}?limit=${limit}`)) as { list: ImportJobDto[] };
      return list;
    },
    inspect: async (jobId, options, secret) =>
      (await post(at(jobId, '/inspect'), { ...asInput(options), secret })) as InspectionDto,
    prove: async (jobId, proof, options, secret) =>
      (await post(at(jobId, '/prove'), { ...proof, options: { ...asInput(options), secret } })) as ProofDto,
    run: async (jobId, options, secret) =>
      (await post(at(jobId, '/run'), { ...asInput(options), secret })) as ImportJobDto,
    // What is left out is as it was, but for the dry run.
    runAgain: async (jobId, change, secret) =>
      (await post(at(jobId, '/run'), { ...asInput(change), secret })) as ImportJobDto,
    resume: async (jobId, change, secret) =>
      (await post(at(jobId, '/resume'), { ...asInput(change), secret })) as ImportJobDto,
    cancel: async (jobId) => (await post(at(jobId, '/cancel'))) as ImportJobDto,
    undo: async (jobId) => (await post(at(jobId, '/undo'))) as ImportJobDto,
    async *report(jobId, format, reason) {
      const query = new URLSearchParams({ format, ...(reason === undefined ? {} : { reason }) });
      const pieces = await calls.stream(at(jobId, `/report?${query}`));
      yield* pieces.pipeThrough(new TextDecoderStream('utf-8', { ignoreBOM: true }));
    },
    async problems(jobId) {
      const { list } = (await calls.call('GET', at(jobId, '/report?format=json&limit=100'))) as { list: ProblemDto[] };
      return list;
    },
  };

  async function upload(file: LocalFile, users: LocalFile | undefined): Promise<ImportJobDto> {
    const query = new URLSearchParams({ fileName: file.name });
    const key = { 'idempotency-key': randomUUID() };
    const isForm = users !== undefined;
    const form = isForm ? multipartBody({ file, users }) : undefined;
    const headers = { ...key, 'content-type': form?.contentType ?? 'application/octet-stream' };
    const body = form?.bytes ?? file.open();
    return (await calls.call('POST', `${PATH}?${query}`, { body, headers })) as ImportJobDto;
  }

  /** By the events of the job; where they break off, which a proxy may do, they are asked for again. */
  async function follow(
    jobId: string,
    signal: AbortSignal,
    onProgress: (job: ImportJobDto) => void,
  ): Promise<ImportJobDto> {
    const stop = () => void post(at(jobId, '/cancel')).catch(() => undefined);
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (let attempt = 0; attempt < ATTEMPTS_TO_FOLLOW; attempt++) {
        if (attempt > 0) await setTimeout(firstPauseMs * 2 ** (attempt - 1));
        // Also where the server was away when it was first asked.
        if (signal.aborted) stop();
        const ended = await followOnce(jobId, (job) => {
          attempt = 0;
          onProgress(job);
        });
        if (ended !== undefined) return ended;
      }
      throw new RemoteRefusal(UNAVAILABLE, brokenOff(jobId));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async function followOnce(jobId: string, onProgress: (job: ImportJobDto) => void): Promise<ImportJobDto | undefined> {
    try {
      const pieces = await calls.stream(at(jobId, '/events'));
      for await (const { name, data } of readServerEvents(pieces)) {
        const job = JSON.parse(data) as ImportJobDto;
        if (name === 'end') return job;
        onProgress(job);
      }
    } catch (error) {
      if (error instanceof RemoteRefusal && error.statusCode !== UNAVAILABLE) throw error;
    }
    return undefined;
  }
}

const UNAVAILABLE = 503;

function brokenOff(jobId: string): LocalText {
  return {
    en: `The connection to the server breaks off again and again. The job goes on there; look at it with: factorport import show ${jobId} --server URL`,
    zh: `与服务器的连接反复中断。任务仍在服务器上运行，可用 factorport import show ${jobId} --server URL 查看`,
  };
}

/** Options by the names of the API. */
function asInput({ assume, ...options }: ReadingOptions | Partial<JobOptions>) {
  if (assume === undefined) return options;
  const { periodSeconds, ...rest } = assume;
  return { ...options, assume: { ...rest, period: periodSeconds } };
}
