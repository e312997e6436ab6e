import type { Measurement, Subject } from './measurement.ts';

/** Says what can be measured and what each figure means. */
export function printHelp(subjects: readonly Subject[]): void {
  console.log('Usage: npm run -s bench -- SUBJECT [--rows N] [--db sqlite|postgres] [--repetitions N] [--json]');
  for (const { name, summary, figures } of subjects) {
    console.log(`\n${name}: ${summary}\n`);
    for (const [figure, text] of Object.entries(figures)) console.log(`  ${figure}\n      ${text}`);
  }
}

/** A measurement as a table for people: a line for each repetition, then the medians. */
export function printMeasurement(measurement: Measurement): void {
  const { subject, db, rows, node, cpus, repetitions } = measurement;
  console.log(`${subject}, ${rows} users, ${db}, Node ${node}, ${cpus} CPUs\n`);
  console.log(row(['', 'users/s', 'limit/s', 'ratio', 'peak MiB']));
  for (const [index, run] of repetitions.entries()) {
    const { rowsPerSecond, limitRowsPerSecond } = run;
    console.log(figures(String(index + 1), { ...run, ratio: rowsPerSecond / limitRowsPerSecond }));
  }
  console.log(figures('median', measurement));
}

function figures(
  name: string,
  run: Pick<Measurement, 'rowsPerSecond' | 'limitRowsPerSecond' | 'ratio' | 'peakRssMiB'>,
): string {
  const { rowsPerSecond, limitRowsPerSecond, ratio, peakRssMiB } = run;
  return row([
    name,
    String(Math.round(rowsPerSecond)),
    String(Math.round(limitRowsPerSecond)),
    ratio.toFixed(2),
    peakRssMiB === null ? '-' : peakRssMiB.toFixed(0),
  ]);
}

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => (index === 0 ? cell.padEnd(8) : cell.padStart(10))).join('');
}
