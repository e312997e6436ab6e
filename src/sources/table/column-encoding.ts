import { FactorportError } from '../../errors/error.ts';
import type { LocalText } from '../../language.ts';
import { isMasked } from '../registration.ts';
import type { SecretEncoding } from '../source.ts';
import { findDamage } from './spreadsheet.ts';
import { type CellEncoding, isSurelyBase64, kindOf, readingsOf } from './written-secret.ts';

/** How many cells of a column say what; the same in whatever order the cells come. */
export interface ColumnCounts {
  uris: number;
  /** Cells that can be judged: the ones that are empty, masked, hashed or damaged say nothing. */
  secrets: number;
  /** Of {@link secrets}: those that each encoding reads. */
  readonly reads: { [encoding in CellEncoding]: number };
  /** Cells that are well written in some encoding, but of no possible length in any. */
  ofWrongLength: number;
  surelyBase64: number;
}

/** The decision: one encoding, or those between which the operator has to say. */
export type ColumnDecision = { readonly encoding: SecretEncoding } | { readonly candidates: readonly SecretEncoding[] };

/** One bad row in so many must not decide for the others. */
const BAD_SHARE = 0.05;
/** Rows that the encoding taken may fail to read, where no other one reads more than {@link BAD_SHARE} of them. */
const TOLERATED_SHARE = 0.25;

export function createColumnCounts(): ColumnCounts {
  return { uris: 0, secrets: 0, reads: { base32: 0, hex: 0, base64: 0, text: 0 }, ofWrongLength: 0, surelyBase64: 0 };
}

/** Takes one more cell of the column into account. */
export function countCell(counts: ColumnCounts, cell: string): void {
  const kind = kindOf(cell);
  if (kind === 'uri') counts.uris++;
  if (kind !== 'secret' || isMasked(cell) || findDamage(cell) !== undefined) return;
  const { reads, isOnlyTooShortOrLong } = readingsOf(cell);
  if (isOnlyTooShortOrLong) {
    counts.ofWrongLength++;
    return;
  }
  counts.secrets++;
  for (const encoding of reads) counts.reads[encoding]++;
  if (isSurelyBase64(cell)) counts.surelyBase64++;
}

/**
 * Decides how the secrets of a column are written, never how one row is: a text of `A` to `F` and `2` to `7` is base32 and
 * hex alike, and only other rows tell.
 *
 * 1. An encoding that reads every secret is taken, if every other one fails for at least one row in twenty. So one bad row
 *    does not decide for the others.
 * 2. Where none reads all, the one is taken that fails for at most one row in four, if no other one reads more than one in
 *    twenty; what it does not read is refused row by row. A column in which two encodings are mixed is asked about.
 * 3. Otherwise the operator is asked. Text of mixed case that could be base64 could as well be a key in itself (`text`),
 *    unless some rows have `+`, `/` or `=` padding.
 *
 * Addresses (`otpauth://`) say themselves what they are and do not count, nor do cells that are masked, hashed or damaged.
 */
export function decideEncoding(counts: ColumnCounts): ColumnDecision {
  const { secrets, reads, surelyBase64 } = counts;
  if (secrets === 0) return { encoding: counts.ofWrongLength > 0 ? 'base32' : 'otpauth' };
  const ranked = (['base32', 'hex', 'base64'] as const)
    .map((encoding) => ({ encoding, fails: secrets - reads[encoding] }))
    .sort((left, right) => left.fails - right.fails);
  const [best, second] = ranked as [(typeof ranked)[number], (typeof ranked)[number]];
  const isClear =
    best.fails === 0
      ? second.fails > 0 && second.fails >= secrets * BAD_SHARE
      : best.fails <= secrets * TOLERATED_SHARE && secrets - second.fails <= secrets * BAD_SHARE;
  if (isClear && (best.encoding !== 'base64' || surelyBase64 > 0)) return { encoding: best.encoding };
  return { candidates: candidatesOf(counts) };
}

/** @throws `source_encoding_needed` where the column can be read in more than one way */
export function requireEncoding(decision: ColumnDecision): SecretEncoding {
  if ('encoding' in decision) return decision.encoding;
  throw new FactorportError('source_encoding_needed', {
    parameters: { candidates: inWords(decision.candidates) },
    data: { candidates: decision.candidates },
  });
}

/** Those that read at least half of the rows as the best one does; `text` where letters of both cases stand in it. */
function candidatesOf({ secrets, reads }: ColumnCounts): readonly SecretEncoding[] {
  const most = Math.max(reads.base32, reads.hex, reads.base64);
  const candidates: SecretEncoding[] = (['base32', 'hex', 'base64'] as const).filter(
    (encoding) => reads[encoding] > 0 && reads[encoding] * 2 >= most,
  );
  if (candidates.length < 2 || reads.base64 > 0 || most < secrets) candidates.push('text');
  return candidates;
}

function inWords(candidates: readonly SecretEncoding[]): LocalText {
  return {
    en: candidates.join(' and '),
    zh: candidates.join('，也可读作'),
  };
}
