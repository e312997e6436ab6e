import { EXIT } from './command.ts';
import { run } from './run.ts';
import { createTerminal, flush } from './terminal.ts';

const { stdout, stderr } = process;
// A reader that has seen enough, like "head", is no fault; a full disk is one.
stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') stderr.write(`factorport: ${message}\n`);
  process.exit(code === 'EPIPE' ? EXIT.ok : EXIT.unusable);
});
// Nobody listens to messages any more: that ends no work, least of all in the middle of an import.
stderr.on('error', () => undefined);

const exitCode = await run(process.argv.slice(2), createTerminal(stdout, stderr, process.stdin));
// A pipe takes 64 KiB at a time; what waits behind that would be lost with the process.
await Promise.all([flush(stdout), flush(stderr)]);
// With the handler above the only place that ends the process.
process.exit(exitCode);
