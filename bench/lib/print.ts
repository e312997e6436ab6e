import { availableParallelism } from 'node:os';
import type { Figures, Findings, MeasureOptions, Subject } from './measurement.ts';

/** Says what can be measured and what each figure means. */
export function printHelp(subjects: readonly Subject[]): void {
  console.log(`Usage: npm run -s bench -- SUBJECT [--rows N] [--db sqlite|postgres] [--repetitions N] [--offline] [--json]

--offline leaves out what would have to be installed first: the comparison with other packages.`);
  for (const { name, summary, defaultRows, figures } of subjects) {
    console.log(`\n${name}: ${summary} (--rows is ${defaultRows} unless given)\n`);
    for (const [figure, text] of Object.entries(figures)) console.log(`  ${figure}\n      ${text}`);
  }
}

/** A measurement as one JSON object: what was measured and where, the figures, and those of each repetition. */
export function printJson(subject: Subject, { rows, db }: MeasureOptions, findings: Findings): void {
  const { overall, repetitions } = findings;
  const machine = { node: process.version, cpus: availableParallelism() };
  console.log(JSON.stringify({ subject: subject.name, db, rows, ...overall, ...machine, repetitions }));
}

/** A measurement as a table for people: a line for each repetition, then the figures that stand for all. */
export function printTable(subject: Subject, { rows, db }: MeasureOptions, findings: Findings): void {
  const { overall, repetitions } = findings;
  console.log(`${subject.name}, ${rows} users, ${db}, Node ${process.version}, ${availableParallelism()} CPUs\n`);
  console.log(row(['', ...Object.keys(subject.columns)]));
  for (const [index, figures] of repetitions.entries())
    console.log(row([String(index + 1), ...cells(subject, figures)]));
  console.log(row(['overall', ...cells(subject, overall)]));
}

function cells(subject: Subject, figures: Figures): string[] {
  return Object.values(subject.columns).map((name) => {
    const value = figures[name] ?? null;
    if (value === null) return '-';
    return value >= 100 ? value.toFixed(0) : value.toFixed(2);
  });
}

function row(texts: readonly string[]): string {
  return texts.map((text, index) => (index === 0 ? text.padEnd(8) : text.padStart(15))).join('');
}
