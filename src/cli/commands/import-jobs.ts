import { REPORT_FORMATS, type ReportFormat } from '../../import/jobs/report-text.ts';
import { REASONS } from '../../import/reasons.ts';
import { fillText, type LocalText } from '../../language.ts';
import { type Command, EXIT, type Invocation, UsageError } from '../command.ts';
import { CONNECTION_OPTIONS, withJobs } from '../import/connection.ts';
import { followJob } from '../import/follow-job.ts';
import { JOB_OPTIONS, readGivenOptions, readPasswordFile } from '../import/import-options.ts';
import { asNumber } from '../import/progress.ts';
import { exitOf, printSummary, STATES } from '../import/summary.ts';
import { writeOutputFile } from '../output-file.ts';
import { TEXTS as SHARED_TEXTS } from '../texts.ts';

const TEXTS = {
  none: { en: 'No import jobs so far.', zh: '尚无导入任务。' },
  job: { en: 'job', zh: '任务' },
  state: { en: 'state', zh: '状态' },
  file: { en: 'file', zh: '文件' },
  format: { en: 'format', zh: '格式' },
  items: { en: 'items', zh: '项数' },
  failed: { en: 'failed', zh: '失败' },
  made: { en: 'made', zh: '创建时间' },
  confirm: {
    en: 'Undo the import of {file} (added {added}, replaced {replaced}, users created {created})? Type yes:',
    zh: '撤销 {file} 的导入（新增 {added}，替换 {replaced}，新建用户 {created}）？输入 yes 确认：',
  },
  unconfirmed: { en: 'Not undone.', zh: '未撤销。' },
  needsYes: {
    en: 'Undoing asks for confirmation at a terminal; without one add --yes.',
    zh: '撤销需要在终端确认；没有终端时请加上 --yes。',
  },
  stopping: {
    en: 'The job was asked to stop; it does so at its next checkpoint.',
    zh: '已请求停止，任务将在下一个检查点停止。',
  },
  written: { en: 'Written to {path}', zh: '已写入 {path}' },
} as const satisfies Record<string, LocalText>;

const JOB_ARGUMENT = {
  name: 'job',
  text: { en: 'Id of the job; see: factorport import jobs', zh: '任务 ID，见：factorport import jobs' },
};
const ID = '6a2f0c1e9b7d4f3a8c5e1b20';

export const importJobsList: Command = {
  name: 'import jobs',
  summary: { en: 'List import jobs, newest first', zh: '列出导入任务，最新的在前' },
  options: CONNECTION_OPTIONS,
  examples: ['factorport import jobs', 'factorport import jobs --server https://otp.example.com --json'],
  run: (invocation) =>
    withJobs(invocation, async (client) => {
      const { terminal, language } = invocation;
      const jobs = await client.list(MAXIMUM_LISTED);
      if (invocation.flag('json')) terminal.json(jobs);
      else if (jobs.length === 0) terminal.line(TEXTS.none[language]);
      else {
        const heads = ['job', 'state', 'file', 'format', 'items', 'failed', 'made'] as const;
        terminal.table([
          heads.map((head) => TEXTS[head][language]),
          ...jobs.map(({ jobId, state, fileName, format, counts, createdAt }) => [
            ...[jobId, STATES[state][language], fileName, format ?? '–'],
            ...[asNumber(counts.items), asNumber(counts.failed), createdAt],
          ]),
        ]);
      }
      return EXIT.ok;
    }),
};

const MAXIMUM_LISTED = 50;

export const importShow: Command = {
  name: 'import show',
  summary: { en: 'Show an import job and how it came out', zh: '显示导入任务及其结果' },
  arguments: [JOB_ARGUMENT],
  options: CONNECTION_OPTIONS,
  examples: [`factorport import show ${ID}`],
  run: (invocation) =>
    withJobs(invocation, async (client) => {
      const job = await client.get(jobOf(invocation));
      if (invocation.flag('json')) invocation.terminal.json(job);
      else printSummary(invocation, job);
      return EXIT.ok;
    }),
};

export const importReport: Command = {
  name: 'import report',
  summary: { en: 'List the items that an import job did not import', zh: '列出导入任务中未能导入的项' },
  arguments: [JOB_ARGUMENT],
  options: {
    format: {
      type: 'string',
      placeholder: 'NAME',
      text: {
        en: 'ndjson or csv (default: csv). Both can be imported again with the secrets filled in.',
        zh: 'ndjson 或 csv（默认 csv）。补全密钥后均可重新导入。',
      },
    },
    reason: {
      type: 'string',
      placeholder: 'NAME',
      text: { en: 'Only items with this reason.', zh: '仅列出该原因的项。' },
    },
    output: {
      type: 'string',
      placeholder: 'FILE',
      text: { en: 'File to write; standard output if not given.', zh: '输出文件，默认写到标准输出。' },
    },
    force: { type: 'boolean', text: { en: 'Replace a file that exists.', zh: '覆盖已存在的文件。' } },
    ...CONNECTION_OPTIONS,
  },
  examples: [`factorport import report ${ID} --output failed.csv`, `factorport import report ${ID} --format ndjson`],
  run(invocation) {
    const format = readFormat(invocation);
    const reason = readReason(invocation);
    const { terminal, language } = invocation;
    return withJobs(invocation, async (client) => {
      await client.get(jobOf(invocation));
      const pieces = client.report(jobOf(invocation), format, reason);
      const path = invocation.option('output');
      if (path === undefined) for await (const piece of pieces) await terminal.text(piece);
      else {
        await writeOutputFile(path, pieces, { force: invocation.flag('force') });
        terminal.error(fillText(TEXTS.written, language, { path }));
      }
      return EXIT.ok;
    });
  },
};

export const importUndo: Command = {
  name: 'import undo',
  summary: {
    en: 'Give users back what they had before an import job',
    zh: '撤销导入任务，恢复用户导入前的数据',
  },
  arguments: [JOB_ARGUMENT],
  options: {
    yes: { type: 'boolean', text: { en: 'Do not ask for confirmation.', zh: '不再询问确认。' } },
    ...CONNECTION_OPTIONS,
  },
  examples: [`factorport import undo ${ID}`, `factorport import undo ${ID} --yes --json`],
  run(invocation) {
    const { terminal, language } = invocation;
    if (!invocation.flag('yes') && terminal.person === undefined) throw new UsageError(TEXTS.needsYes);
    return withJobs(invocation, async (client) => {
      const { fileName: file, counts, state } = await client.get(jobOf(invocation));
      const { added, replaced, usersCreated: created } = counts;
      const question = fillText(TEXTS.confirm, language, { file, added, replaced, created });
      if (!invocation.flag('yes') && (await terminal.person?.ask(question)) !== 'yes') {
        terminal.error(TEXTS.unconfirmed[language]);
        return EXIT.refused;
      }
      // Where whoever was undoing it is gone, following it takes it up; so with a job that runs.
      if (state !== 'undoing') await client.undo(jobOf(invocation));
      return tell(invocation, await followJob(invocation, client, jobOf(invocation), 'undo'));
    });
  },
};

export const importResume: Command = {
  name: 'import resume',
  summary: {
    en: 'Go on with an import job that was stopped or failed, or whose process has died',
    zh: '继续已停止、失败或进程意外中断的导入任务',
  },
  arguments: [JOB_ARGUMENT],
  options: { ...JOB_OPTIONS, ...CONNECTION_OPTIONS },
  examples: [`factorport import resume ${ID}`, `factorport import resume ${ID} --max-errors 5000`],
  async run(invocation) {
    const change = readGivenOptions(invocation);
    const secret = await readPasswordFile(invocation);
    return withJobs(invocation, async (client) => {
      const { state } = await client.get(jobOf(invocation));
      const isSame = Object.keys(change).length === 0 && secret === undefined;
      if (state !== 'running' || !isSame) await client.resume(jobOf(invocation), change, secret);
      return tell(invocation, await followJob(invocation, client, jobOf(invocation)));
    });
  },
};

export const importRun: Command = {
  name: 'import run',
  summary: {
    en: 'Run an import job that was only rehearsed, for real',
    zh: '将试运行过的导入任务正式执行',
  },
  arguments: [JOB_ARGUMENT],
  options: { ...JOB_OPTIONS, ...CONNECTION_OPTIONS },
  examples: [`factorport import run ${ID}`, `factorport import run ${ID} --match email --dry-run`],
  async run(invocation) {
    const change = readGivenOptions(invocation);
    const secret = await readPasswordFile(invocation);
    return withJobs(invocation, async (client) => {
      await client.runAgain(jobOf(invocation), change, secret);
      return tell(invocation, await followJob(invocation, client, jobOf(invocation)));
    });
  },
};

export const importCancel: Command = {
  name: 'import cancel',
  summary: { en: 'Stop an import job that runs elsewhere', zh: '停止在别处运行的导入任务' },
  arguments: [JOB_ARGUMENT],
  options: CONNECTION_OPTIONS,
  examples: [`factorport import cancel ${ID}`],
  run: (invocation) =>
    withJobs(invocation, async (client) => {
      const job = await client.cancel(jobOf(invocation));
      if (invocation.flag('json')) invocation.terminal.json(job);
      else invocation.terminal.line(TEXTS.stopping[invocation.language]);
      return EXIT.ok;
    }),
};

function tell(invocation: Invocation, job: Parameters<typeof exitOf>[0]): number {
  if (invocation.flag('json')) invocation.terminal.json(job);
  else printSummary(invocation, job);
  return exitOf(job);
}

function jobOf(invocation: Invocation): string {
  return invocation.arguments[0] ?? '';
}

/** A reason that there is not would leave the report empty, as if nothing had failed. */
function readReason({ option }: Invocation): string | undefined {
  const reason = option('reason');
  if (reason === undefined || Object.hasOwn(REASONS, reason)) return reason;
  const names = Object.keys(REASONS);
  const expected = {
    en: `it must be one of ${names.join(', ')}`,
    zh: `应为 ${names.join('、')} 之一`,
  };
  throw new UsageError(SHARED_TEXTS.badOption, { name: '--reason', expected });
}

function readFormat({ option }: Invocation): ReportFormat {
  const given = option('format') ?? 'csv';
  const format = REPORT_FORMATS.find((name) => name === given);
  if (format !== undefined) return format;
  const expected = {
    en: `it must be one of ${REPORT_FORMATS.join(', ')}`,
    zh: `应为 ${REPORT_FORMATS.join('、')} 之一`,
  };
  throw new UsageError(SHARED_TEXTS.badOption, { name: '--format', expected });
}
