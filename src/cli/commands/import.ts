import { lstat } from 'node:fs/promises';
import { extname } from 'node:path';
import { FactorportError } from '../../errors/error.ts';
import { DEFAULT_JOB_OPTIONS, type JobOptions } from '../../import/jobs/job.ts';
import type { ImportJobDto } from '../../import/jobs/job-dto.ts';
import type { ReportFormat } from '../../import/jobs/report-text.ts';
import type { LocalText } from '../../language.ts';
import { type Command, EXIT, type Invocation, UsageError } from '../command.ts';
import { CONNECTION_OPTIONS, withJobs } from '../import/connection.ts';
import { followJob } from '../import/follow-job.ts';
import { JOB_OPTIONS, readGivenOptions, readPasswordFile } from '../import/import-options.ts';
import type { JobsClient } from '../import/jobs-client.ts';
import { localFile } from '../import/local-file.ts';
import { createProgress } from '../import/progress.ts';
import { proveReading } from '../import/prove-reading.ts';
import { type Reading, settleReading } from '../import/settle-reading.ts';
import { exitOf, matchHint, printSummary } from '../import/summary.ts';
import { interruptible } from '../interruption.ts';
import { writeOutputFile } from '../output-file.ts';
import { TEXTS as SHARED_TEXTS } from '../texts.ts';

const TEXTS = {
  reportEnding: { en: 'name a file that ends with .csv or .ndjson', zh: '文件名应以 .csv 或 .ndjson 结尾' },
  proveAtTerminal: {
    en: 'The code for --prove is asked for at a terminal, and here is none.',
    zh: '--prove 需要在终端输入验证码，当前没有终端。',
  },
} as const satisfies Record<string, LocalText>;

export const importFile: Command = {
  name: 'import',
  summary: {
    en: "Import a file of another system's registrations",
    zh: '导入其他系统的绑定数据文件',
  },
  arguments: [{ name: 'file', text: { en: 'The file; "-" for standard input.', zh: '文件路径，“-”表示标准输入。' } }],
  options: {
    ...JOB_OPTIONS,
    users: {
      type: 'string',
      placeholder: 'FILE',
      text: {
        en: 'List of serial numbers and users (CSV), for files of hardware tokens.',
        zh: '序列号与用户的对应表（CSV），用于硬件令牌文件。',
      },
    },
    prove: {
      type: 'string',
      placeholder: 'USER',
      text: {
        en: "Ask for this user's current code first, and import nothing if it does not come from the file.",
        zh: '先询问该用户当前的验证码，若与文件不符则不导入。',
      },
    },
    report: {
      type: 'string',
      placeholder: 'FILE',
      text: {
        en: 'Write the items that failed to a .csv or .ndjson file, to be mended and imported again.',
        zh: '将失败的项写入 .csv 或 .ndjson 文件，补全后可重新导入。',
      },
    },
    force: {
      type: 'boolean',
      text: { en: 'Replace the file of --report if it exists.', zh: '覆盖 --report 指定的已有文件。' },
    },
    ...CONNECTION_OPTIONS,
  },
  examples: [
    'factorport import realm-export.json --dry-run',
    'factorport import users.csv --match email --map email=Mail,secret=Key --encoding hex --report failed.csv',
    'factorport import tokens.pskc.xml --users assignments.csv --password-file password.txt',
    'zcat export.ndjson.gz | factorport import - --server https://otp.example.com',
  ],
  async run(invocation) {
    const given = readGivenOptions(invocation);
    const reportFormat = await readReportOption(invocation);
    if (invocation.option('prove') !== undefined && invocation.terminal.person === undefined) {
      throw new UsageError(TEXTS.proveAtTerminal);
    }
    const secret = await readPasswordFile(invocation);
    return withJobs(invocation, async (client) => {
      const { jobId } = await upload(invocation, client);
      const { terminal, language } = invocation;
      const reading = await settleReading(client, jobId, { options: given, secret }, terminal, language);
      if (!(await proveReading(invocation, client, jobId, reading))) return EXIT.refused;
      await client.run(jobId, withDefaults(reading), reading.secret);
      const job = await followJob(invocation, client, jobId);
      return finish(invocation, client, job, reportFormat);
    });
  },
};

export function withDefaults({ options }: Reading): JobOptions {
  return { ...DEFAULT_JOB_OPTIONS, ...options };
}

async function upload(invocation: Invocation, client: JobsClient): Promise<ImportJobDto> {
  const [path = ''] = invocation.arguments;
  const users = invocation.option('users');
  const { status, error } = invocation.terminal;
  const progress = createProgress({ status, error }, invocation.language);
  return interruptible(async (signal) => {
    const isSilent = invocation.flag('json');
    const file = await localFile(path, signal, (bytes) => {
      if (!isSilent) progress.uploaded(bytes, file.bytes);
    });
    try {
      return await client.upload(file, users === undefined ? undefined : await localFile(users, signal));
    } finally {
      progress.end();
    }
  });
}

/** Says what came of the job, and writes the report where one is wanted. @returns the exit code */
async function finish(
  invocation: Invocation,
  client: JobsClient,
  job: ImportJobDto,
  reportFormat: ReportFormat | undefined,
): Promise<number> {
  const { terminal, language } = invocation;
  const path = invocation.option('report');
  if (path !== undefined && reportFormat !== undefined) {
    await writeOutputFile(path, client.report(job.jobId, reportFormat), { force: invocation.flag('force') });
  }
  if (invocation.flag('json')) {
    terminal.json(job);
    return exitOf(job);
  }
  printSummary(invocation, job, path);
  const hint = job.counts.failed === 0 ? undefined : matchHint(job, await client.problems(job.jobId), language);
  if (hint !== undefined) terminal.line(hint);
  return exitOf(job);
}

/** What can be wrong with the report is told before anything is uploaded. */
async function readReportOption({ option, flag }: Invocation): Promise<ReportFormat | undefined> {
  const path = option('report');
  if (path === undefined) return undefined;
  const isThere = (await lstat(path).catch(() => undefined)) !== undefined;
  if (isThere && !flag('force')) {
    throw new FactorportError('file_unwritable', { parameters: { path, reason: 'EEXIST' } });
  }
  return reportFormatOf(path, '--report');
}

/** By the ending of the file. @throws UsageError */
export function reportFormatOf(path: string, optionName: string): ReportFormat {
  const ending = extname(path).toLowerCase();
  if (ending === '.csv') return 'csv';
  if (ending === '.ndjson' || ending === '.jsonl') return 'ndjson';
  throw new UsageError(SHARED_TEXTS.badOption, { name: optionName, expected: TEXTS.reportEnding });
}
