import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsvRows, splitLine } from '../../../src/sources/table/csv-rows.ts';
import { inputOf } from '../support/inputs.ts';

const FORM = { separator: ';', isQuoted: true };

describe('the cells of a line', () => {
  it('are those that csv-parse takes out of it, whatever is quoted', () => {
    const cell = fc.stringMatching(/^[a-c;", ]{0,6}$/);
    const quoted = cell.map((text) => `"${text.replaceAll('"', '""')}"`);
    const line = fc.array(fc.oneof(cell, quoted), { minLength: 1, maxLength: 5 }).map((cells) => cells.join(';'));
    fc.assert(
      fc.property(line, (text) => {
        let expected: readonly string[] | undefined;
        try {
          const starts = text.split(';').some((part) => part.trimStart().startsWith('"'));
          const rows: string[][] = parse(text, { delimiter: ';', relax_quotes: !starts, trim: true });
          expected = rows[0]?.map((part) => part.trim());
        } catch {
          expected = undefined;
        }
        if (text.trim() !== '') expect(splitLine(text, FORM)).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
  });

  it('hold quotation marks as they are where nothing is quoted', () => {
    expect(splitLine('"a;b";c', { separator: ';', isQuoted: false })).toEqual(['"a', 'b"', 'c']);
  });
});

describe('a quotation mark that nobody closes', () => {
  it('costs its own row and no other, however far the next one is', async () => {
    const lines = Array.from({ length: 300 }, (_, index) => `u${index};s${index}`);
    lines[100] = 'u100;"s100';
    lines[250] = 'u250;"s250';
    const rows = [];
    for await (const batch of readCsvRows(
      inputOf(`user;secret\n${lines.join('\n')}\n`, () => 37),
      FORM,
    ))
      rows.push(...batch);
    expect(rows).toHaveLength(301);
    expect(rows.filter(({ cells }) => cells === undefined).map(({ line }) => line)).toEqual([102, 252]);
  });
});
