import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { shareReads } from '../../src/access/share-reads.ts';

describe('shared reads', () => {
  it('are one for calls of one turn, and begin after the last of them', async () => {
    let value = 'old';
    let reads = 0;
    const read = shareReads(async (name) => {
      reads++;
      return `${name} ${value}`;
    });
    const first = read('key');
    const other = read('another');
    value = 'new';
    const last = read('key');
    expect(await Promise.all([first, other, last])).toEqual(['key new', 'another new', 'key new']);
    expect(reads).toBe(2);
  });

  it('are not shared with a call that comes after the read began', async () => {
    let value = 'old';
    const read = shareReads(async () => {
      const seen = value;
      await setImmediate();
      return seen;
    });
    const first = read('key');
    await setImmediate();
    await setImmediate();
    value = 'new';
    expect([await read('key'), await first]).toEqual(['new', 'old']);
  });

  it('that fail fail for all who share them, and the next one is tried again', async () => {
    let fails = true;
    const read = shareReads(async () => {
      if (fails) throw new Error('away');
      return 'there';
    });
    const results = await Promise.allSettled([read('key'), read('key')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await read('key')).toBe('there');
  });
});
