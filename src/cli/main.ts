import { run } from './run.ts';
import { createTerminal } from './terminal.ts';

// The only place that ends the process.
process.exit(await run(process.argv.slice(2), createTerminal(process.stdout, process.stderr)));
