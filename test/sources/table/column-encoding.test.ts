import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase32 } from '../../../src/otp/base32.ts';
import { countCell, createColumnCounts, decideEncoding } from '../../../src/sources/table/column-encoding.ts';
import { createRandom } from '../support/inputs.ts';

const seeds = fc.uint8Array({ minLength: 16, maxLength: 32 });
const ENCODE = {
  base32: (seed: Uint8Array) => encodeBase32(seed),
  hex: (seed: Uint8Array) => Buffer.from(seed).toString('hex'),
  base64: (seed: Uint8Array) => Buffer.from(seed).toString('base64'),
};
const encodings = fc.constantFrom('base32' as const, 'hex' as const, 'base64' as const);
/** Cells as columns of real tables have them, good ones and bad ones of every kind. */
const cells = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(seeds, encodings).map(([seed, encoding]) => ENCODE[encoding](seed)) },
  fc.stringMatching(/^[A-F2-7]{20,32}$/),
  fc.constantFrom('', 'NULL', '********', '1.2E+20', '$2b$12$abcdefghijklmnopqrstuv', 'otpauth://totp/a?secret=A'),
  fc.string({ maxLength: 40 }),
);

/** 20 bytes as random as keys are, the same ones each time. */
function drawn(number: number): Uint8Array {
  const random = createRandom(number);
  return Uint8Array.from({ length: 20 }, () => random(256));
}

function decide(column: readonly string[]) {
  const counts = createColumnCounts();
  for (const cell of column) countCell(counts, cell);
  return decideEncoding(counts);
}

describe('how the secrets of a column are written', () => {
  it('never depends on the order of the rows', () => {
    const shuffled = fc
      .array(cells, { maxLength: 40 })
      .chain((column) => fc.tuple(fc.constant(column), fc.shuffledSubarray(column, { minLength: column.length })));
    fc.assert(
      fc.property(shuffled, ([column, other]) => {
        expect(decide(other)).toEqual(decide(column));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is told from secrets of one encoding', () => {
    const columns = fc.tuple(encodings, fc.array(seeds, { minLength: 10, maxLength: 30 }));
    fc.assert(
      fc.property(columns, ([encoding, column]) => {
        const decision = decide(column.map(ENCODE[encoding]));
        // A run of draws without any telling character is asked about, and never taken for something else.
        if ('encoding' in decision) expect(decision.encoding).toBe(encoding);
        else expect(decision.candidates).toContain(encoding);
      }),
    );
  });

  it('is not changed by one bad row in twenty, wherever it stands', () => {
    const good = Array.from({ length: 40 }, (_, index) => ENCODE.hex(drawn(index)));
    for (const bad of [
      'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
      'not a secret',
      'zz',
      ENCODE.base64(new Uint8Array(20).fill(250)),
    ]) {
      for (let place = 0; place <= good.length; place++) {
        expect(decide([...good.slice(0, place), bad, ...good.slice(place)])).toEqual({ encoding: 'hex' });
      }
    }
  });

  it('is asked about where one row alone would decide for many that can be read in two ways', () => {
    const both = Array.from(
      { length: 30 },
      (_, index) => `ABCDEF234567ABCDEF2345${((index % 6) + 2).toString().repeat(2)}`,
    );
    expect(decide(both)).toEqual({ candidates: ['base32', 'hex'] });
    expect(decide([...both, 'GHIJKLMNOPQRSTUVWXYZ2345'])).toEqual({ candidates: ['base32', 'hex'] });
  });

  it('is asked about where two encodings are mixed', () => {
    const mixed = Array.from({ length: 20 }, (_, index) => {
      const seed = drawn(index);
      return index % 3 === 0 ? ENCODE.base32(seed) : ENCODE.hex(seed);
    });
    expect(decide(mixed)).toMatchObject({ candidates: expect.arrayContaining(['base32', 'hex']) });
  });

  it('is asked about where letters of both cases could be base64 or the key itself', () => {
    expect(decide(['DJmQfC73VGFhw7D4QJ8A', 'hT5kQwErTyUiOpAsDfGh'])).toEqual({ candidates: ['base64', 'text'] });
  });
});
