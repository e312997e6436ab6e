import type { LocalText } from '../language.ts';

/** What a time must be, for the one who gave another. */
export const TIME_EXPECTED: LocalText = {
  en: 'it must be a time like 2026-03-01T08:00:00Z, a date like 2026-03-01 (UTC), or milliseconds since 1970',
  zh: '应为形如 2026-03-01T08:00:00Z 的时间、形如 2026-03-01 的日期（UTC）或毫秒时间戳',
};

const MILLISECONDS = /^\d{1,15}$/;
/** ISO 8601 with a zone: a time without one would mean another moment on each machine. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** @returns milliseconds since 1970; `undefined` where the text is no time */
export function readTime(text: string): number | undefined {
  if (MILLISECONDS.test(text)) return Number(text);
  const time = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
