import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ErrorCode } from '../../../src/errors/table.ts';
import type { SourceOptions } from '../../../src/sources/source.ts';
import type { ExpectedItem } from './cases.ts';

/**
 * A real file and what must come of it. `test/sources/samples/<folder>.ts` exports `samples: readonly Sample[]`, one file
 * for each folder of `../shared/reference/samples`.
 */
export interface Sample {
  /** Its name in the folder. */
  readonly file: string;
  /** The source that its content must be recognised as; `undefined` where {@link refused} says why it is not. */
  readonly source?: string;
  /** Given where the content does not tell. */
  readonly format?: string;
  readonly options?: SourceOptions;
  /**
   * Nothing of the samples may be in the project, so an expected secret is written as {@link digestOf} it, unless it is read
   * from a list beside the samples. All items in order; or, for long files, only those that
   * are named by `item`.
   */
  readonly expected?: readonly ExpectedItem[];
  /** How many items of each kind, where not all are listed. */
  readonly counts?: { readonly entries?: number; readonly problems?: number; readonly nothing?: number };
  /** The error that recognising or reading it ends with. */
  readonly refused?: ErrorCode;
}

/** The samples lie beside the project, with licences of their own. */
const FOLDER = join(fileURLToPath(new URL('../../../..', import.meta.url)), 'shared', 'reference', 'samples');

export function hasSamples(): boolean {
  return existsSync(FOLDER);
}

/** What stands for a secret of a sample: `sha256:` and 12 hex digits of the digest of its base32. */
export function digestOf(base32: string): string {
  return `sha256:${createHash('sha256').update(base32).digest('hex').slice(0, 12)}`;
}

/** A table beside the samples, as its rows by heading; empty where there are no samples. */
export function readTable(name: string): readonly Readonly<Record<string, string>>[] {
  if (!hasSamples()) return [];
  const [headings = '', ...rows] = readFileSync(join(FOLDER, name), 'utf8').trimEnd().split('\n');
  const names = headings.split('\t');
  return rows.map((row) => Object.fromEntries(row.split('\t').map((cell, index) => [names[index] as string, cell])));
}

export function readSample(folder: string, file: string): Buffer {
  return readFileSync(join(FOLDER, folder, file));
}
