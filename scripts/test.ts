import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { scanForPlantedSecrets } from './scan-planted.ts';

// Runs the suite, then looks for planted secrets in everything it has left behind, then counts.

const vitest = spawnSync('vitest', ['run', ...process.argv.slice(2)], { stdio: 'inherit' });
const found = scanForPlantedSecrets();
for (const { file, what } of found) console.error(`planted secret found: ${what} in ${file}`);
const results = existsSync('.artifacts/results.json')
  ? JSON.parse(readFileSync('.artifacts/results.json', 'utf8'))
  : {};
const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = results;
const scanPassed = found.length === 0;
console.log(
  `${numPassedTests + (scanPassed ? 1 : 0)} passed, ${numFailedTests + (scanPassed ? 0 : 1)} failed, ${numPendingTests} skipped`,
);
process.exit(vitest.status === 0 && scanPassed ? 0 : 1);
