import { describe, expect, it } from 'vitest';
import { recogniseSource } from '../../../src/sources/recognise.ts';
import { SOURCES } from '../../../src/sources/registry.ts';
import type { Source } from '../../../src/sources/source.ts';
import { fillExpected, type LongFile, type SourceCase, secretsOf, simplify } from './cases.ts';
import { createRandom, inputOf } from './inputs.ts';
import { heapGrowth } from './long-file.ts';
import { isTyped, type Reading, readItems, shownOf } from './read-items.ts';

const DEFAULT_CUTS = 400;
const MAXIMUM_GROWTH_BYTES = 24 * 1024 * 1024;

/**
 * What every source guarantees, tested with its own files.
 *
 * @param cases see {@link SourceCase}
 * @param longFile records that are repeated to a file of 40 MiB, to show that memory does not grow with the file
 */
export function testSource(source: Source, cases: readonly SourceCase[], longFile?: LongFile): void {
  describe(`source ${source.name}`, () => {
    testTexts(source);
    for (const one of cases) {
      describe(one.name, () => {
        testItems(source, one);
        testCuts(source, one);
        testSecrecy(source, one);
        if (one.isNotRecognised !== true) testRecognition(source, one);
      });
    }
    if (longFile !== undefined) {
      it('memory does not grow with the file', async () => {
        expect(await heapGrowth(source, longFile)).toBeLessThan(MAXIMUM_GROWTH_BYTES);
      });
    }
  });
}

/** Compares a reading with what is expected of it, places only where they are expected. */
export function expectReading({ items, error }: Reading, { expected, throws }: SourceCase): void {
  const simple = items.map(simplify);
  if (throws === undefined && error !== undefined) throw error;
  expect(simple).toEqual(expected.map((item, index) => fillExpected(item, simple[index])));
  if (throws !== undefined) expect(error).toMatchObject({ name: 'FactorportError', code: throws });
}

function testTexts(source: Source): void {
  it('its name, title and way to export are given in both languages', () => {
    expect(source.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const text of [source.title, source.howToExport, source.secret]) {
      if (text === undefined) continue;
      expect(text.en.trim()).not.toBe('');
      expect(text.zh.trim()).not.toBe('');
      for (const words of Object.values(text)) expect(words.split('`').length % 2).toBe(1);
    }
    expect(source.howToExport.zh).toMatch(/\p{Script=Han}/u);
  });
}

function testItems(source: Source, one: SourceCase): void {
  it('gives the items expected, the same ones again, and however the bytes are cut', async () => {
    const whole = await readItems(source, inputOf(one.bytes), one.options);
    expectReading(whole, one);
    let last = 0;
    for (const item of whole.items) {
      const { place } = item.kind === 'entry' ? item.entry : item.kind === 'problem' ? item.problem : item;
      expect(place.item).toBeGreaterThanOrEqual(Math.max(1, last));
      last = place.item;
    }
    const random = createRandom(one.bytes.length);
    const cuttings = [() => 1, () => random(5), () => random(100), () => random(2000), () => 65_536];
    for (const nextLength of cuttings) {
      const again = await readItems(source, inputOf(one.bytes, nextLength), one.options);
      expect(again.items.map(simplify)).toEqual(whole.items.map(simplify));
      expect(codeOf(again.error)).toBe(codeOf(whole.error));
    }
  });
}

function testCuts(source: Source, { bytes, options, cuts = DEFAULT_CUTS, whenCut = 'exact' }: SourceCase): void {
  it('a file that is cut gives fewer items or a typed error, and no other item', async () => {
    const all = Buffer.from(bytes);
    const whole = (await readItems(source, inputOf(all), options)).items.map(simplify);
    const step = Math.max(1, Math.ceil(all.length / cuts));
    for (let length = 0; length < all.length; length += step) {
      const { items, error } = await readItems(source, inputOf(all.subarray(0, length)), options);
      if (error !== undefined && !isTyped(error)) throw error;
      if (whenCut === 'typed') continue;
      const entriesEnd = items.findLastIndex((item) => item.kind === 'entry') + 1;
      const sameEnd = whenCut === 'last' && entriesEnd === items.length ? entriesEnd - 1 : entriesEnd;
      const same = items.slice(0, Math.max(0, sameEnd)).map(simplify);
      expect(same, `cut at ${length}`).toEqual(whole.slice(0, same.length));
    }
  });
}

function testSecrecy(source: Source, one: SourceCase): void {
  it('no secret shows in problems, errors or printed items', async () => {
    const shown = shownOf(await readItems(source, inputOf(one.bytes), one.options)).toUpperCase();
    for (const secret of secretsOf(one)) expect(shown.includes(secret.toUpperCase())).toBe(false);
    const half = Buffer.from(one.bytes);
    const broken = shownOf(await readItems(source, inputOf(half.subarray(0, half.length >> 1)), one.options));
    for (const secret of secretsOf(one)) expect(broken.toUpperCase().includes(secret.toUpperCase())).toBe(false);
  });
}

function testRecognition(source: Source, { bytes }: SourceCase): void {
  it('is recognised, and why is said in both languages', async () => {
    const sources = SOURCES.some(({ name }) => name === source.name) ? SOURCES : [...SOURCES, source];
    for (const nextLength of [undefined, () => 7]) {
      const found = await recogniseSource(inputOf(bytes, nextLength), undefined, sources);
      expect(found.source.name).toBe(source.name);
      expect(found.because.en.trim()).not.toBe('');
      expect(found.because.zh).toMatch(/\p{Script=Han}/u);
    }
  });
}

function codeOf(error: unknown): unknown {
  return error === undefined ? undefined : isTyped(error) ? error.code : error;
}
