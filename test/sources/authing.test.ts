import { describe, expect, it } from 'vitest';
import { authing } from '../../src/sources/authing.ts';
import { cases, longLines, longList } from './fixtures/authing.ts';
import { testSource } from './support/conformance.ts';
import { inputOf } from './support/inputs.ts';
import { heapGrowth } from './support/long-file.ts';
import { readItems } from './support/read-items.ts';

testSource(authing, cases, longLines);

describe('a file of Authing', () => {
  it('is read with bounded memory as one JSON document, too', async () => {
    expect(await heapGrowth(authing, longList)).toBeLessThan(24 * 1024 * 1024);
  });

  it.each([
    ['{"list": [{"userId": "a", "otp": {"secret": "KM5DQ6TLOB3WY2LN"}}', 'source_damaged'],
    ['{"list": [{}] "options": 1}', 'source_damaged'],
    ['[{}] more', 'source_damaged'],
    [`[{"userId": "${'x'.repeat(1_200_000)}"}]`, 'source_item_too_large'],
    [`{"userId": "${'x'.repeat(1_200_000)}"}\n`, 'source_item_too_large'],
  ])('%.40s… is refused as %s', async (text, code) => {
    expect((await readItems(authing, inputOf(text))).error).toMatchObject({ code });
  });

  it('is read whatever stands beside the list', async () => {
    const text =
      '{"a": {"list": [1, "]"]}, "b": "}\\"", "c": -1.5e3, "list": [{"userId": "u"}], "list2": [[]], "d": null}';
    expect((await readItems(authing, inputOf(text))).items).toMatchObject([{ problem: { field: 'otp' } }]);
  });
});
