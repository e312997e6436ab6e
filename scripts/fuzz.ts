import { spawnSync } from 'node:child_process';

const INPUTS = '20000';

// Reads 20,000 damaged files with each source, or as many as the first argument says; a second one names the only source.

const [inputs = INPUTS, source] = process.argv.slice(2);
const only = source === undefined ? {} : { FACTORPORT_FUZZ_SOURCE: source };
const env = { ...process.env, FACTORPORT_FUZZ_INPUTS: inputs, ...only };
const vitest = spawnSync('vitest', ['run', 'test/sources/fuzz.test.ts'], { stdio: 'inherit', env });
process.exit(vitest.status ?? 1);
