import type { SourceItem } from '../../sources/source.ts';

/** Reads the first items of a file and lets go of them. @throws what the source throws so far */
export async function readBeginning(items: AsyncIterable<readonly SourceItem[]>): Promise<void> {
  for await (const batch of items) {
    for (const item of batch) if (item.kind === 'entry') item.entry.seed.wipe();
    return;
  }
}
