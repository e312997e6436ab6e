import { timingSafeEqual } from 'node:crypto';

/** Removes the grouping that apps show between digits; `undefined` unless exactly `digits` ASCII digits remain. */
export function normaliseCode(text: string, digits: number): string | undefined {
  const code = text.replace(/[\s-]/g, '');
  return code.length === digits && /^[0-9]+$/.test(code) ? code : undefined;
}

/** In constant time for codes of equal length. */
export function codesEqual(expected: string, actual: string): boolean {
  return expected.length === actual.length && timingSafeEqual(Buffer.from(expected), Buffer.from(actual));
}
