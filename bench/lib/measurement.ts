import type { Engine } from '../../src/store/store.ts';

/** One repetition: the service and the limit, each on a fresh database, one right after the other. */
export interface Repetition {
  readonly milliseconds: number;
  readonly limitMilliseconds: number;
  readonly rowsPerSecond: number;
  readonly limitRowsPerSecond: number;
  readonly peakRssMiB: number | null;
}

/** What a subject found. The figures are medians over the repetitions. */
export interface Measurement {
  readonly subject: string;
  readonly db: Engine;
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly limitRowsPerSecond: number;
  /** The service's rate as a part of the limit's: what stays comparable from machine to machine. */
  readonly ratio: number;
  readonly peakRssMiB: number | null;
  readonly node: string;
  readonly cpus: number;
  readonly repetitions: readonly Repetition[];
}

/** A subject of the benchmark: what is measured, and how. */
export interface Subject {
  readonly name: string;
  readonly summary: string;
  /** What each figure says, for `--help`. */
  readonly figures: Readonly<Record<string, string>>;
  measure(options: { rows: number; db: Engine; repetitions: number }): Promise<Measurement>;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
