import { setImmediate } from 'node:timers/promises';
import type { ImportEntry, ItemProblem, ReadResult } from './entry.ts';

const ITEMS_A_TURN = 2_000;

export type ReadItem = (item: unknown, index: number) => ReadResult;

/** Reads every item of a list, and refuses the second item of a user: which of the two is right cannot be known. */
export async function readList(
  list: readonly unknown[],
  readItem: ReadItem,
): Promise<{ entries: readonly ImportEntry[]; problems: readonly ItemProblem[] }> {
  const entries: ImportEntry[] = [];
  const problems: ItemProblem[] = [];
  const seen = new Set<string>();
  for (let index = 0; index < list.length; index++) {
    if (index % ITEMS_A_TURN === ITEMS_A_TURN - 1) await setImmediate();
    const result = readItem(list[index], index);
    const userId = result.ok ? result.entry.userId : result.problem.userId;
    if (!result.ok) problems.push(result.problem);
    else if (seen.has(result.entry.userId)) {
      result.entry.seed.wipe();
      problems.push({ index, userId, field: 'userId', reason: 'duplicate_user' });
    } else entries.push(result.entry);
    if (userId !== undefined) seen.add(userId);
  }
  return { entries, problems };
}
