import { Type } from 'typebox';
import { toInspectionDto, toProofDto } from '../../import/jobs/inspection-dto.ts';
import { DEFAULT_JOB_OPTIONS, type ImportJob, type JobOptions } from '../../import/jobs/job.ts';
import { toImportJobDto } from '../../import/jobs/job-dto.ts';
import { requireScope } from '../admission.ts';
import { type Call, defineRoute } from '../route.ts';
import { Maybe } from '../schemas.ts';
import {
  InspectionSchema,
  JobId,
  JobSchema,
  OptionMembers,
  type OptionsInput,
  ProofSchema,
  ReadingMembers,
  readJobOptions,
  SecretMember,
} from './import-job-schemas.ts';

const PATH = '/api/v1/import-jobs';
const DEFAULT_LIMIT = 20;

export const listImportJobs = defineRoute({
  method: 'GET',
  path: PATH,
  summary: { en: 'List import jobs, newest first', zh: '获取导入任务列表，最新的在前' },
  description: {
    en: 'For the next page send "after" from "nextAfter"; it is absent on the last one.',
    zh: '将“nextAfter”作为“after”传入可获取下一页，最后一页没有该成员。',
  },
  scope: 'otp:import',
  input: Type.Object(
    { limit: Maybe(Type.Integer({ minimum: 1, maximum: 100 })), after: Maybe(JobId) },
    { additionalProperties: false },
  ),
  output: Type.Object({ list: Type.Array(JobSchema), nextAfter: Type.Optional(Type.String()) }),
  async handle({ services, actor, language }, input) {
    const limit = input.limit ?? DEFAULT_LIMIT;
    const page = { limit: limit + 1, after: input.after ?? undefined };
    const jobs = await services.importJobs.list(actor.poolId, page);
    const list = jobs.slice(0, limit).map((job) => toImportJobDto(job, language));
    const last = list.at(-1);
    return jobs.length > limit && last !== undefined ? { list, nextAfter: last.jobId } : { list };
  },
});

export const getImportJob = defineRoute({
  method: 'GET',
  path: `${PATH}/:jobId`,
  summary: { en: 'Get an import job and how far it has come', zh: '获取导入任务及其进度' },
  scope: 'otp:import',
  input: Type.Object({ jobId: JobId }),
  output: JobSchema,
  handle: async ({ services, actor, language }, { jobId }) =>
    toImportJobDto(await services.importJobs.get(actor.poolId, jobId), language),
});

export const inspectImportJob = defineRoute({
  method: 'POST',
  path: `${PATH}/:jobId/inspect`,
  summary: { en: 'Say what the uploaded file of an import job is', zh: '识别导入任务所上传的文件' },
  description: {
    en: 'The format and why it is thought to be that one; of a table also the columns, the first rows with secrets masked, and what each column is thought to be. Nothing is imported.',
    zh: '返回识别出的格式及依据；若为表格，还返回各列、密钥已遮盖的前几行，以及对各列含义的判断。不会导入任何内容。',
  },
  scope: 'otp:import',
  input: Type.Object({ jobId: JobId, ...ReadingMembers, ...SecretMember }, { additionalProperties: false }),
  output: InspectionSchema,
  async handle({ services, actor, language }, { jobId, secret, ...input }) {
    const options = { ...readJobOptions(input as OptionsInput), ...(secret == null ? {} : { secret }) };
    return toInspectionDto(await services.importJobs.inspect(actor, jobId, options), language);
  },
});

export const runImportJob = defineRoute({
  method: 'POST',
  path: `${PATH}/:jobId/run`,
  summary: { en: 'Run an import job', zh: '运行导入任务' },
  description: {
    en: 'Answers at once; follow the job by GET or /events. Options left out are those of the run before, except dryRun, which is false. After a dry run the job can be run again. createUsers also needs the scope users:write.',
    zh: '立即应答，可通过 GET 或 /events 查看进度。未提供的选项沿用上一次运行的取值，dryRun 除外（默认为 false）。试运行之后可再次运行。createUsers 还需要 users:write 权限。',
  },
  scope: 'otp:import',
  input: Type.Object({ jobId: JobId, ...OptionMembers, ...SecretMember }, { additionalProperties: false }),
  output: JobSchema,
  async handle(call, { jobId, secret, ...input }) {
    const { importJobs } = call.services;
    const before = await importJobs.get(call.actor.poolId, jobId);
    const options = { ...before.options, dryRun: false, ...readJobOptions(input as OptionsInput) };
    return change(call, await startRun(call, jobId, options, secret ?? undefined));
  },
});

/** Starts a run, if the key may do what the options say. */
export function startRun(call: Call, jobId: string, options: Partial<JobOptions>, secret: string | undefined) {
  if (options.createUsers) requireScope(call.key, 'users:write');
  return call.services.importJobs.run(call.actor, jobId, { ...DEFAULT_JOB_OPTIONS, ...options }, secret);
}

export const cancelImportJob = defineRoute({
  method: 'POST',
  path: `${PATH}/:jobId/cancel`,
  summary: { en: 'Stop an import job at its next checkpoint', zh: '让导入任务在下一个检查点停止' },
  description: {
    en: 'What was imported so far stays. Go on with /resume, or take it back with /undo.',
    zh: '已导入的部分保留。可通过 /resume 继续，或通过 /undo 撤销。',
  },
  scope: 'otp:import',
  input: Type.Object({ jobId: JobId }),
  output: JobSchema,
  handle: async (call, { jobId }) => change(call, await call.services.importJobs.cancel(call.actor, jobId)),
});

export const resumeImportJob = defineRoute({
  method: 'POST',
  path: `${PATH}/:jobId/resume`,
  summary: { en: 'Go on with an import job that was stopped or failed', zh: '继续已停止或失败的导入任务' },
  description: {
    en: 'It goes on where it was left. Options that are given replace those of the job, like a higher maxErrors.',
    zh: '从中断处继续。提供的选项会替换任务原有的选项，例如调高 maxErrors。',
  },
  scope: 'otp:import',
  input: Type.Object({ jobId: JobId, ...OptionMembers, ...SecretMember }, { additionalProperties: false }),
  output: JobSchema,
  async handle(call, { jobId, secret, ...input }) {
    const { importJobs } = call.services;
    const options = readJobOptions(input as OptionsInput);
    const before = await importJobs.get(call.actor.poolId, jobId);
    if ({ ...before.options, ...options }.createUsers) requireScope(call.key, 'users:write');
    return change(call, await importJobs.resume(call.actor, jobId, options, secret ?? undefined));
  },
});

export const undoImportJob = defineRoute({
  method: 'POST',
  path: `${PATH}/:jobId/undo`,
  summary: { en: 'Undo an import job', zh: '撤销导入任务' },
  description: {
    en: 'Gives each user back what they had before, and leaves alone those who changed since. Answers at once; follow the job by GET or /events. Where the job has created users, who are deleted again, this also needs the scope users:write.',
    zh: '恢复每个用户导入前的数据，此后有变更的用户不受影响。立即应答，可通过 GET 或 /events 查看进度。若任务创建过用户（撤销时将被删除），还需要 users:write 权限。',
  },
  scope: 'otp:import',
  input: Type.Object({ jobId: JobId }),
  output: JobSchema,
  async handle(call, { jobId }) {
    const { importJobs } = call.services;
    const before = await importJobs.get(call.actor.poolId, jobId);
    if (before.counts.usersCreated > 0) requireScope(call.key, 'users:write');
    return change(call, await importJobs.undo(call.actor, jobId));
  },
});

export const proveImportJob = defineRoute({
  method: 'POST',
  path: `${PATH}/:jobId/prove`,
  summary: {
    en: "Check a user's current code against the uploaded file",
    zh: '用用户当前的验证码核对所上传的文件',
  },
  description: {
    en: 'Proves, before anything is imported, that the secrets are read as they are meant. If the code is wrong, "otherReadings" names readings of the same secret from which it does come.',
    zh: '在导入之前验证密钥的读法是否正确。若验证码不符，“otherReadings”列出能得到该验证码的其他读法。',
  },
  scope: 'otp:import',
  input: Type.Object(
    {
      jobId: JobId,
      user: Type.String({ minLength: 1, maxLength: 512 }),
      code: Type.String({ minLength: 6, maxLength: 8, pattern: '^\\d+$' }),
      options: Maybe(Type.Object({ ...OptionMembers, ...SecretMember }, { additionalProperties: false })),
    },
    { additionalProperties: false },
  ),
  output: ProofSchema,
  async handle(call, { jobId, user, code, options }) {
    const { importJobs } = call.services;
    const before = await importJobs.get(call.actor.poolId, jobId);
    const { secret, ...given } = options ?? {};
    const reading = {
      ...before.options,
      ...readJobOptions(given as OptionsInput),
      ...(secret == null ? {} : { secret }),
    };
    return toProofDto(await importJobs.prove(call.actor, jobId, { user, code }, reading), call.language);
  },
});

/** The services leave an audit event of each change, with more to tell than the general one. */
function change(call: Call, job: ImportJob) {
  call.markAudited();
  return toImportJobDto(job, call.language);
}
