import type { Engine } from '../../src/store/store.ts';

/** What was found, by the names that the subject's help explains; `null` where it could not be measured. */
export type Figures = Readonly<Record<string, number | null>>;

/** What a subject found: the figures of each repetition, and those that stand for all of them. */
export interface Findings {
  readonly overall: Figures;
  readonly repetitions: readonly Figures[];
}

export interface MeasureOptions {
  readonly rows: number;
  readonly db: Engine;
  readonly repetitions: number;
  /** Leaves out what would have to be installed first. */
  readonly offline: boolean;
}

/** A subject of the benchmark: what is measured, and how. */
export interface Subject {
  readonly name: string;
  readonly summary: string;
  readonly defaultRows: number;
  /** What each figure says, for `--help`. */
  readonly figures: Readonly<Record<string, string>>;
  /** The figures of the table for people, by their headings. */
  readonly columns: Readonly<Record<string, string>>;
  measure(options: MeasureOptions): Promise<Findings>;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** The value that so large a part of the values, 0 to 1, do not exceed. */
export function percentile(part: number, values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.ceil(values.length * part) - 1] as number;
}

/** The median of a figure over the repetitions; `null` where any of them lacks it. */
export function medianOf(name: string, repetitions: readonly Figures[]): number | null {
  const values = repetitions.map((figures) => figures[name] ?? null);
  return values.some((value) => value === null) ? null : median(values as number[]);
}

/** One rate as a part of another, to three digits; `null` where either is missing. */
export function ratio(rate: number | null, limit: number | null): number | null {
  return rate === null || limit === null ? null : round(rate / limit, 3);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
