import { expect, it } from 'vitest';
import { REASONS } from '../../../src/import/reasons.ts';
import { unwrap } from '../../../src/sources/input/unwrap.ts';
import { recogniseSource } from '../../../src/sources/recognise.ts';
import type { Source } from '../../../src/sources/source.ts';
import { type SourceCase, secretsOf } from './cases.ts';
import { createRandom, inputOf } from './inputs.ts';
import { mutate } from './mutate.ts';
import { isTyped, readItems, shownOf } from './read-items.ts';

/** Far beyond what any reading of a few KiB takes, so that only a hang exceeds it. */
const LIMIT_MS = 20_000;
const SHOWN_LENGTH = 8;
/** One input of so many is also recognised. */
const RECOGNISED_SHARE = 4;

export interface FuzzOptions {
  /** How many mutated files. */
  readonly inputs: number;
  readonly seed: number;
}

/**
 * Reads mutations of the cases' files to their end, the same ones for the same seed. Whatever the bytes: items or an error
 * with a `source_*` code, in bounded time, and in problems and errors no eight characters of a secret of the file.
 */
export function fuzzSource(source: Source, cases: readonly SourceCase[], { inputs, seed }: FuzzOptions): void {
  it(`${source.name} reads ${inputs} damaged files without crash, hang or leak`, { timeout: 600_000 }, async () => {
    const random = createRandom(seed);
    const files = cases.map(({ bytes }) => Buffer.from(bytes));
    const secrets = [...new Set(cases.flatMap((one) => secretsOf(one).flatMap(parts)))];
    for (let number = 0; number < inputs; number++) {
      const index = random(files.length);
      const bytes = mutate(files, index, random);
      if (number % RECOGNISED_SHARE === 0) await withLimit(recognise(bytes));
      const reading = await withLimit(readItems(source, inputOf(bytes), cases[index]?.options));
      const { error } = reading;
      if (error !== undefined && !isTyped(error)) {
        throw new Error(`input ${number} of seed ${seed}: ${describeInput(bytes)}`, { cause: error });
      }
      const problems = reading.items.filter((item) => item.kind === 'problem');
      for (const { problem } of problems) expect(Object.keys(REASONS)).toContain(problem.reason);
      const shown = shownOf({ items: problems, error });
      const leak = secrets.some((secret) => shown.includes(secret));
      expect(leak, `input ${number} of seed ${seed} shows a secret: ${leak ? shown : ''}`).toBe(false);
    }
  });
}

async function recognise(bytes: Uint8Array): Promise<void> {
  try {
    await recogniseSource(await unwrap(inputOf(bytes)));
  } catch (error) {
    if (!isTyped(error)) throw error;
  }
}

/** Every stretch of a secret that is long enough to count, at some steps; but words, which our own texts have, too. */
function parts(secret: string): string[] {
  const found: string[] = [];
  for (let start = 0; start + SHOWN_LENGTH <= secret.length; start += 4) {
    const part = secret.slice(start, start + SHOWN_LENGTH);
    if (!/^[a-z ]+$/.test(part)) found.push(part);
  }
  return found;
}

async function withLimit<Value>(reading: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The reading does not end.')), LIMIT_MS);
  });
  try {
    return await Promise.race([reading, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function describeInput(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 2_000)).toString('base64');
}
