import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../src/sources/registry.ts';
import type { SourceCase } from './support/cases.ts';
import { fuzzSource } from './support/fuzz.ts';

/** `npm run fuzz` reads 20,000; this many a source are read with every run of the tests. */
const DEFAULT_INPUTS = 2_000;
const SEED = 20_261_122;

const inputs = Number(process.env.FACTORPORT_FUZZ_INPUTS ?? DEFAULT_INPUTS);
/** Sources with a key derivation cost milliseconds each. */
const only = process.env.FACTORPORT_FUZZ_SOURCE;

describe('whatever the bytes of a file', () => {
  for (const source of SOURCES.filter(({ name }) => only === undefined || name === only)) {
    const url = new URL(`./fixtures/${source.name}.ts`, import.meta.url);
    if (!existsSync(url)) {
      it(`${source.name} has cases in test/sources/fixtures`, () => expect.unreachable(url.pathname));
      continue;
    }
    describe(source.name, async () => {
      const { cases } = (await import(url.href)) as { cases: readonly SourceCase[] };
      fuzzSource(source, cases, { inputs, seed: SEED });
    });
  }
  it('there are sources to read with', () => expect(SOURCES.length).toBeGreaterThan(0));
});
