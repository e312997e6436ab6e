import type { MatchType } from '../../import/jobs/job.ts';
import type { ImportJobDto } from '../../import/jobs/job-dto.ts';
import { REASONS } from '../../import/reasons.ts';
import { fillText, type Language, type LocalText } from '../../language.ts';
import type { SourceUser } from '../../sources/source.ts';
import { EXIT, type Invocation } from '../command.ts';
import { hintCommand } from './connection.ts';
import type { ProblemDto } from './jobs-client.ts';
import { asNumber } from './progress.ts';

export const STATES: Readonly<Record<ImportJobDto['state'], LocalText>> = {
  uploading: { en: 'uploading', zh: '上传中' },
  ready: { en: 'ready', zh: '待运行' },
  running: { en: 'running', zh: '运行中' },
  stopped: { en: 'stopped', zh: '已停止' },
  finished: { en: 'finished', zh: '已完成' },
  failed: { en: 'failed', zh: '失败' },
  undoing: { en: 'being undone', zh: '撤销中' },
  undone: { en: 'undone', zh: '已撤销' },
};

const COUNTS = {
  items: { en: 'items', zh: '总项数' },
  added: { en: 'added', zh: '新增' },
  replaced: { en: 'replaced', zh: '替换' },
  unchanged: { en: 'unchanged', zh: '未变' },
  skipped: { en: 'skipped', zh: '跳过' },
  nothing: { en: 'users without an OTP', zh: '无 OTP 的用户' },
  failed: { en: 'failed', zh: '失败' },
  usersCreated: { en: 'users created', zh: '新建用户' },
  recoveryCodes: { en: 'recovery codes', zh: '恢复码' },
  weakSeeds: { en: 'weak seeds (below 128 bits)', zh: '弱密钥（不足 128 位）' },
  duplicates: { en: 'further items of the same user', zh: '同一用户的重复项' },
  proven: { en: 'proven by a check code', zh: '已通过校验验证码核实' },
  notes: { en: 'noted: not wholly carried over', zh: '提示：未完整迁移' },
} as const satisfies Partial<Record<keyof ImportJobDto['counts'], LocalText>>;

/** Shown also where they are 0. */
const ALWAYS: ReadonlySet<string> = new Set(['items', 'added', 'replaced', 'unchanged', 'failed']);

const UNDO_COUNTS = {
  restored: { en: 'users who have again what they had', zh: '已恢复原有数据的用户' },
  removed: { en: 'users without an OTP again', zh: '恢复为无 OTP 的用户' },
  usersDeleted: { en: 'users deleted again', zh: '已删除的新建用户' },
  changedSince: { en: 'left alone: changed since', zh: '此后有变更而未处理的用户' },
} as const satisfies Record<keyof ImportJobDto['undo'], LocalText>;

const TEXTS = {
  job: { en: 'job', zh: '任务' },
  file: { en: 'file', zh: '文件' },
  format: { en: 'format', zh: '格式' },
  state: { en: 'state', zh: '状态' },
  rehearsed: {
    en: 'Dry run: nothing was written. So it would come out.',
    zh: '试运行：未写入任何数据，实际导入结果将如下。',
  },
  forReal: { en: 'To import it: {command}', zh: '正式导入：{command}' },
  reasons: { en: 'Why items failed or are noted:', zh: '失败或提示的原因：' },
  report: { en: 'Each of them: {command}', zh: '逐项查看：{command}' },
  reportAt: { en: 'Each of them, to be mended and imported again: {path}', zh: '逐项清单（补全后可重新导入）：{path}' },
  nothingReported: { en: 'No item is in the report: {path}', zh: '报告中没有任何项：{path}' },
  outcome: { en: '{state}: {message}', zh: '{state}：{message}' },
  undo: { en: 'To undo it, until {time}: {command}', zh: '如需撤销（{time} 之前）：{command}' },
  resume: { en: 'To go on: {command}', zh: '继续：{command}' },
  matchInstead: {
    en: 'No user was found by {match}. The file also has {others}; try: --match {first}',
    zh: '按 {match} 未找到任何用户。文件中还有 {others}，可尝试：--match {first}',
  },
} as const satisfies Record<string, LocalText>;

/** What came of a job: a table of outcomes, the reasons with their sentences, and what can be done next. */
export function printSummary(invocation: Invocation, job: ImportJobDto, reportPath?: string): void {
  const { terminal, language } = invocation;
  const say = (text: LocalText, parameters = {}) => terminal.line(fillText(text, language, parameters));
  if (isRehearsed(job)) say(TEXTS.rehearsed);
  printJob(invocation, job);
  if (job.state === 'undone') return;
  printReasons(invocation, job);
  const command = (words: string) => hintCommand(invocation, `${words} ${job.jobId}`);
  if (!hasReport(job)) {
    if (reportPath !== undefined) say(TEXTS.nothingReported, { path: reportPath });
  } else if (reportPath !== undefined) say(TEXTS.reportAt, { path: reportPath });
  else say(TEXTS.report, { command: `${command('report')} --format csv --output report.csv` });
  if (job.state === 'stopped' || job.state === 'failed') say(TEXTS.resume, { command: command('resume') });
  if (isRehearsed(job)) say(TEXTS.forReal, { command: command('run') });
  if (job.undoableUntil !== null) {
    say(TEXTS.undo, { time: job.undoableUntil, command: command('undo') });
  }
}

/** Of what stopped a job the report tells, although the counts end at the checkpoint before it. */
function hasReport({ counts, outcome }: ImportJobDto): boolean {
  return counts.failed + counts.notes > 0 || outcome?.code === 'too_many_errors';
}

/** @returns the exit code that says how a job came out */
export function exitOf(job: ImportJobDto): number {
  const isDone = (job.state === 'finished' || isRehearsed(job)) && job.counts.failed === 0;
  return isDone || job.state === 'undone' ? EXIT.ok : EXIT.refused;
}

/** After a dry run a job waits for the real one. */
function isRehearsed({ state, run, options, outcome }: ImportJobDto): boolean {
  return state === 'ready' && run > 0 && options.dryRun && outcome === null;
}

function printJob({ terminal, language }: Invocation, job: ImportJobDto): void {
  const { message } = job.outcome ?? {};
  const named = STATES[job.state][language];
  const state = message === undefined ? named : fillText(TEXTS.outcome, language, { state: named, message });
  const isUndo = job.state === 'undoing' || job.state === 'undone';
  const rows = isUndo ? countRows(job.undo, UNDO_COUNTS, language) : countRows(job.counts, COUNTS, language);
  terminal.table([
    [TEXTS.job[language], job.jobId],
    [TEXTS.file[language], job.fileName],
    [TEXTS.format[language], job.format ?? '–'],
    [TEXTS.state[language], state],
    ...rows,
  ]);
}

function countRows<Name extends string>(
  counts: Readonly<Partial<Record<Name, unknown>>>,
  texts: Readonly<Partial<Record<Name, LocalText>>>,
  language: Language,
): string[][] {
  return Object.entries<LocalText | undefined>(texts).flatMap(([name, text]) => {
    const count = Number(counts[name as Name] ?? 0);
    return text === undefined || (count === 0 && !ALWAYS.has(name)) ? [] : [[text[language], asNumber(count)]];
  });
}

function printReasons({ terminal, language }: Invocation, { counts }: ImportJobDto): void {
  const reasons = Object.entries(counts.reasons).sort(([, left = 0], [, right = 0]) => right - left);
  if (reasons.length === 0) return;
  terminal.line();
  terminal.line(TEXTS.reasons[language]);
  terminal.table(
    reasons.map(([reason, count = 0]) => {
      const text = REASONS[reason as keyof typeof REASONS];
      // The places of a sentence are filled for each item, and this is about all of them.
      const sentence = text[language].replace(/\{\w+\}/g, '…');
      return [`  ${asNumber(count)}`, reason, sentence];
    }),
  );
  terminal.line();
}

const MATCH_OF: Readonly<Record<MatchType, keyof SourceUser>> = {
  user_id: 'id',
  external_id: 'externalId',
  username: 'username',
  email: 'email',
  phone: 'phone',
};

/** Where nobody was found, and the file names its users in other ways, too: another way to match. */
export function matchHint(
  { counts, options }: ImportJobDto,
  problems: readonly ProblemDto[],
  language: Language,
): string | undefined {
  const { user_not_found: unknown = 0, no_user: unnamed = 0 } = counts.reasons;
  const isNobodyFound = counts.failed > 0 && unknown + unnamed === counts.failed;
  if (!isNobodyFound || counts.failed + counts.nothing < counts.items) return undefined;
  const others = Object.entries(MATCH_OF).filter(
    ([match, member]) => match !== options.match && problems.some(({ user }) => user[member] !== undefined),
  );
  const names = others.map(([match]) => match).sort((left, right) => weight(left) - weight(right));
  const [first] = names;
  if (first === undefined) return undefined;
  return fillText(TEXTS.matchInstead, language, { match: options.match, others: names.join(', '), first });
}

/** What two systems most likely have in common comes first. */
function weight(match: string): number {
  return ['email', 'username', 'phone', 'external_id', 'user_id'].indexOf(match);
}
