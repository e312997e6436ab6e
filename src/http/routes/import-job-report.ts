import { Type } from 'typebox';
import type { ImportJobs } from '../../import/jobs/import-jobs.ts';
import type { ReportRow } from '../../import/jobs/job.ts';
import { toImportJobDto } from '../../import/jobs/job-dto.ts';
import { type ReportFormat, reportText, toProblemDto } from '../../import/jobs/report-text.ts';
import { REASONS } from '../../import/reasons.ts';
import type { Language } from '../../language.ts';
import { type ServerEvent, writeEvents } from '../event-stream.ts';
import { defineRoute } from '../route.ts';
import { Maybe } from '../schemas.ts';
import { JobId, ProblemSchema } from './import-job-schemas.ts';

const CONTENT_TYPES: Readonly<Record<ReportFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
};
const DEFAULT_LIMIT = 100;

export const getImportJobReport = defineRoute({
  method: 'GET',
  path: '/api/v1/import-jobs/:jobId/report',
  summary: { en: 'Get the items that an import job did not import', zh: '获取导入任务中未能导入的项' },
  description: {
    en: 'Every item that failed, and every one of which something did not come along ("note"), in the order of the file, with its place, user and reason; never a secret. ndjson and csv are streams that can be mended and imported again: fill in the secrets. In csv a cell that a spreadsheet would execute begins with an apostrophe, which the import takes away. json comes in pages: send "after" from "nextAfter".',
    zh: '按文件顺序列出所有失败的项，以及有内容未能迁移的项（note），包含位置、用户和原因，绝不含密钥。ndjson 和 csv 为流式输出，补全密钥后可直接重新导入。csv 中可能被电子表格执行的单元格以撇号开头，导入时会自动去除。json 分页返回，将“nextAfter”作为“after”传入可获取下一页。',
  },
  scope: 'otp:import',
  input: Type.Object(
    {
      jobId: JobId,
      format: Maybe(Type.Enum(['json', 'ndjson', 'csv'])),
      reason: Maybe(Type.Enum(Object.keys(REASONS))),
      limit: Maybe(Type.Integer({ minimum: 1, maximum: 1000 })),
      after: Maybe(Type.Integer({ minimum: 0 })),
    },
    { additionalProperties: false },
  ),
  output: Type.Object({ list: Type.Array(ProblemSchema), nextAfter: Type.Optional(Type.Integer()) }),
  stream: Object.values(CONTENT_TYPES),
  async handle({ services, actor, language }, { jobId, format, reason, limit, after }) {
    await services.importJobs.get(actor.poolId, jobId);
    const filter = { ...(reason == null ? {} : { reason }), ...(after == null ? {} : { after }) };
    const batches = services.importJobs.report(actor.poolId, jobId, filter);
    if (format === 'ndjson' || format === 'csv') {
      return { contentType: CONTENT_TYPES[format], pieces: reportText(format, batches, language) };
    }
    return pageOf(batches, { limit: limit ?? DEFAULT_LIMIT, after: after ?? 0 }, language);
  },
});

async function pageOf(
  batches: AsyncIterable<readonly ReportRow[]>,
  { limit, after }: { limit: number; after: number },
  language: Language,
) {
  const rows: ReportRow[] = [];
  for await (const batch of batches) {
    rows.push(...batch.filter(({ sequence }) => sequence > after));
    if (rows.length > limit) break;
  }
  const shown = rows.slice(0, limit);
  const list = shown.map((row) => ({
    sequence: row.sequence,
    ...toProblemDto(row, language),
    user: row.user,
  }));
  const last = shown.at(-1);
  return rows.length > limit && last !== undefined ? { list, nextAfter: last.sequence } : { list };
}

export const watchImportJob = defineRoute({
  method: 'GET',
  path: '/api/v1/import-jobs/:jobId/events',
  summary: { en: 'Follow an import job', zh: '实时查看导入任务进度' },
  description: {
    en: 'Server-sent events: "job" with the job each time it has changed, at most twice a second, and "end" when it neither runs nor is being undone. An answer that ends without "end" has broken off; ask again.',
    zh: '服务器推送事件（SSE）：任务每次变化时发送“job”（每秒最多两次），任务不再运行或撤销时发送“end”。若未收到“end”即结束，表示连接中断，请重新请求。',
  },
  scope: 'otp:import',
  input: Type.Object({ jobId: JobId }),
  stream: 'text/event-stream',
  async handle({ services, actor, language, signal }, { jobId }) {
    // What there is to refuse is refused before the answer begins.
    await services.importJobs.get(actor.poolId, jobId);
    const events = eventsOf(services.importJobs, actor.poolId, jobId, language, signal);
    return writeEvents(events, signal);
  },
});

async function* eventsOf(
  jobs: ImportJobs,
  poolId: string,
  jobId: string,
  language: Language,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent, void, void> {
  for await (const job of jobs.watch(poolId, jobId, signal)) yield { name: 'job', data: toImportJobDto(job, language) };
  if (signal.aborted) return;
  yield { name: 'end', data: toImportJobDto(await jobs.get(poolId, jobId), language) };
}
