import { CHAIN_PROBLEMS, type ChainProblem } from '../../audit/problems.ts';
import type { ChainSummary } from '../../audit/verify-chain.ts';
import { fillText, type Language, type LocalText } from '../../language.ts';
import { type Command, EXIT } from '../command.ts';

const TEXTS = {
  whole: { en: 'The audit log is whole.', zh: '审计日志完整。' },
  empty: {
    en: 'The audit log is empty, so there is nothing to check. If the service was ever used, its events were removed.',
    zh: '审计日志为空，没有可检查的内容。如果服务曾被使用过，则说明审计事件已被清除。',
  },
  tampered: {
    en: 'The audit log is not as it was written. Problems found: {problems}. Compare it with a backup, and find out who can write to the database.',
    zh: '审计日志与写入时不符，共 {problems} 处问题。请与备份比对，并排查数据库的写入权限。',
  },
  counted: {
    en: 'Checked: events {events}, writers {writers}, anchors {anchors}.',
    zh: '已检查 {writers} 个写入者的 {events} 条事件，锚点 {anchors} 个。',
  },
  span: { en: 'From {from} to {to}.', zh: '时间范围：{from} 至 {to}。' },
  older: {
    en: '{olderEvents} events are older than the chains; of those nothing can be said.',
    zh: '{olderEvents} 条事件早于链的启用，无法检查。',
  },
} as const satisfies Record<string, LocalText>;

export const auditVerify: Command = {
  name: 'audit verify',
  summary: {
    en: 'Check that no audit event was changed, removed or moved',
    zh: '检查审计事件是否被修改、删除或调换顺序',
  },
  examples: ['factorport audit verify', 'factorport audit verify --json'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const inJson = invocation.flag('json');
      const summary = await services.auditTrail.verify((problem) => {
        if (inJson) terminal.json({ problem: { ...problem, message: describe(problem, language) } });
        else terminal.line(describe(problem, language));
      });
      const { from, to } = summary;
      const dates = { from: isoTime(from), to: isoTime(to) };
      if (inJson) terminal.json({ summary: { ...summary, ...dates } });
      else for (const line of summaryLines(summary, dates, language)) terminal.line(line);
      return summary.problems === 0 ? EXIT.ok : EXIT.refused;
    }),
};

function describe({ kind, ...parameters }: ChainProblem, language: Language): string {
  return fillText(CHAIN_PROBLEMS[kind], language, parameters);
}

function summaryLines(
  { from: _from, to: _to, ...counts }: ChainSummary,
  { from, to }: { from: string | null; to: string | null },
  language: Language,
): string[] {
  const say = (text: LocalText) => fillText(text, language, { ...counts, from: from ?? '', to: to ?? '' });
  const isEmpty = counts.events === 0 && counts.olderEvents === 0;
  const untouched = isEmpty ? TEXTS.empty : TEXTS.whole;
  return [
    say(counts.problems === 0 ? untouched : TEXTS.tampered),
    say(TEXTS.counted),
    ...(from === null ? [] : [say(TEXTS.span)]),
    ...(counts.olderEvents === 0 ? [] : [say(TEXTS.older)]),
  ];
}

function isoTime(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
