import type { LocalText } from '../language.ts';

/** What can be wrong with the audit log. `{writerId}`, `{from}`, `{to}` and the like are filled from the problem. */
export const CHAIN_PROBLEMS = {
  'events-changed': {
    en: 'Writer {writerId}: events {from} to {to} were changed.',
    zh: '写入者 {writerId}：第 {from} 至 {to} 条事件被修改。',
  },
  'events-missing': {
    en: 'Writer {writerId}: events {from} to {to} are missing.',
    zh: '写入者 {writerId}：缺少第 {from} 至 {to} 条事件。',
  },
  'event-moved': {
    en: 'Writer {writerId}: event {from} was moved from place {to}.',
    zh: '写入者 {writerId}：第 {from} 条事件原为第 {to} 条，顺序被调换。',
  },
  'events-added': {
    en: 'Writer {writerId}: events {from} to {to} stand before the beginning of its chain.',
    zh: '写入者 {writerId}：第 {from} 至 {to} 条事件位于链的起点之前。',
  },
  'head-wrong': {
    en: 'Writer {writerId}: its chain ends with event {to}, but the record of its end says {from}.',
    zh: '写入者 {writerId}：链的末尾为第 {to} 条事件，而末尾记录为第 {from} 条。',
  },
  'head-forged': {
    en: 'Writer {writerId}: the record of the end of its chain was changed.',
    zh: '写入者 {writerId}：链的末尾记录被修改。',
  },
  'tail-forged': {
    en: 'Writer {writerId}: the record of the beginning of its chain was changed.',
    zh: '写入者 {writerId}：链的起点记录被修改。',
  },
  'writer-missing': {
    en: 'Writer {writerId}: the record of its chain is missing; there are events {from} to {to}.',
    zh: '写入者 {writerId}：缺少链的记录，但存在第 {from} 至 {to} 条事件。',
  },
  'events-unchained': {
    en: '{count} events are in no chain and were not there when the chains began.',
    zh: '{count} 条事件不属于任何链，且不是启用链之前的记录。',
  },
  'anchor-broken': {
    en: 'Writer {writerId}: its event {from} was recorded by writer {witness} (event {to}), and is missing or another one now.',
    zh: '写入者 {writerId}：写入者 {witness} 的第 {to} 条事件曾记录其第 {from} 条事件，该事件现已缺失或不符。',
  },
} as const satisfies Record<string, LocalText>;

export interface ChainProblem {
  readonly kind: keyof typeof CHAIN_PROBLEMS;
  readonly writerId?: string;
  readonly from?: number;
  readonly to?: number;
  readonly witness?: string;
  readonly count?: number;
}
