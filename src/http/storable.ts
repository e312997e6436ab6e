import { invalidArgument } from './validate.ts';

/**
 * Refuses text that no database keeps as it is: NUL (PostgreSQL), half of a surrogate pair (both would change it, and
 * two different identifiers could become one).
 *
 * @throws `invalid_argument` for the member where such text stands, however deep
 */
export function refuseUnstorable(members: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(members)) {
    if (isStorable(name) && isStorable(value)) continue;
    throw invalidArgument(isStorable(name) ? name : '', {
      en: 'it holds a NUL character or half of a surrogate pair',
      zh: '其中含有 NUL 字符或不成对的代理字符',
    });
  }
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => isStorable(name) && isStorable(member));
}
