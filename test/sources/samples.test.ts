import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../src/sources/input/unwrap.ts';
import { recogniseSource } from '../../src/sources/recognise.ts';
import { type ExpectedItem, fillExpected, type SimpleItem, simplify } from './support/cases.ts';
import { inputOf } from './support/inputs.ts';
import { isTyped, type Reading, readItems } from './support/read-items.ts';
import { digestOf, hasSamples, readSample, type Sample } from './support/samples.ts';

/** Named by the folder; a second one for the same folder has another word behind it, as in `safenet.safeword.ts`. */
const LISTS = readdirSync(new URL('./samples', import.meta.url)).map((name) => name.replace(/\.ts$/, ''));

describe.skipIf(!hasSamples())('a real file', () => {
  for (const list of LISTS) {
    const [folder = ''] = list.split('.');
    describe(folder, async () => {
      const { samples } = (await import(`./samples/${list}.ts`)) as { samples: readonly Sample[] };
      for (const sample of samples) {
        it(`${sample.file} ${sample.refused === undefined ? 'gives what it holds' : `is refused: ${sample.refused}`}`, async () => {
          expectSample(await readAny(readSample(folder, sample.file), sample), sample);
        });
      }
    });
  }
});

/** Unwraps, recognises and reads a file, as the importer does. */
async function readAny(bytes: Buffer, { source, format, options }: Sample): Promise<Reading> {
  try {
    const input = await unwrap(inputOf(bytes));
    const recognised = await recogniseSource(input, format);
    if (source !== undefined) expect(recognised.source.name).toBe(source);
    return await readItems(recognised.source, input, options);
  } catch (error) {
    if (!isTyped(error)) throw error;
    return { items: [], error };
  }
}

function expectSample({ items, error }: Reading, { expected, counts, refused }: Sample): void {
  if (refused === undefined && error !== undefined) throw error;
  if (refused !== undefined) expect(error).toMatchObject({ code: refused });
  const simple = items.map(simplify);
  if (counts === undefined && expected !== undefined) {
    expect(simple.map((item, index) => comparable(item, expected[index]))).toEqual(
      expected.map((item, index) => fillExpected(item, simple[index])),
    );
    return;
  }
  for (const one of expected ?? []) {
    const actual = one === 'nothing' ? undefined : simple.find((item) => item !== 'nothing' && item.item === one.item);
    expect(actual === undefined ? undefined : comparable(actual, one)).toEqual(fillExpected(one, actual));
  }
  if (counts === undefined) return;
  const count = (kind: string): number => items.filter((item) => item.kind === kind).length;
  expect({ entries: count('entry'), problems: count('problem'), nothing: count('nothing') }).toEqual({
    entries: 0,
    problems: 0,
    nothing: 0,
    ...counts,
  });
}

/** The item with its secret as the expectation writes it. */
function comparable(item: SimpleItem, expected: ExpectedItem | undefined): SimpleItem {
  if (item === 'nothing' || expected === undefined || expected === 'nothing' || !('secret' in expected)) return item;
  if (!expected.secret.startsWith('sha256:') || typeof item.secret !== 'string') return item;
  return { ...item, secret: digestOf(item.secret) };
}
