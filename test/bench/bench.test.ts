import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'bench', 'main.ts');

describe.each(ENGINES)('the benchmark import-api: %s', (engine) => {
  it('prints one JSON object with the figures, each a number above 0', () => {
    const { status, stdout } = bench('import-api', '--rows', '1000', '--db', engine, '--repetitions', '2', '--json');
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ subject: 'import-api', db: engine, rows: 1000, node: process.version });
    expect(found.repetitions).toHaveLength(2);
    for (const figures of [found, ...found.repetitions]) {
      expect(figures.rowsPerSecond).toBeGreaterThan(0);
      expect(figures.limitRowsPerSecond).toBeGreaterThan(0);
      if (process.platform === 'linux') expect(figures.peakRssMiB).toBeGreaterThan(0);
    }
    expect(Number.isFinite(found.ratio)).toBe(true);
    expect(found.ratio).toBeGreaterThan(0);
  });
});

describe.each(ENGINES)('the benchmark import-file: %s', (engine) => {
  it('imports every registration of a file, and prints one JSON object with the figures, each a number above 0', () => {
    const { status, stdout } = bench('import-file', '--rows', '2500', '--db', engine, '--repetitions', '2', '--json');
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ subject: 'import-file', db: engine, rows: 2500, node: process.version });
    expect(found.repetitions).toHaveLength(2);
    for (const { peakRssMiB, ...figures } of [found, ...found.repetitions]) {
      for (const name of ['rowsPerSecond', 'limitRowsPerSecond', 'ratio']) expect(figures[name]).toBeGreaterThan(0);
      if (process.platform === 'linux') expect(peakRssMiB).toBeGreaterThan(0);
    }
  });
});

describe.each(ENGINES)('the benchmark verify-during-import: %s', (engine) => {
  it('sends codes while the server runs the job, and prints one JSON object with the figures', () => {
    const words = ['--rows', '10000', '--db', engine, '--repetitions', '1', '--json'];
    const { status, stdout } = bench('verify-during-import', ...words);
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ subject: 'verify-during-import', db: engine, rows: 10000, node: process.version });
    expect(found.repetitions).toHaveLength(1);
    for (const figures of [found, ...found.repetitions]) {
      for (const when of ['idle', 'busy']) {
        expect(figures[`${when}Requests`]).toBeGreaterThan(0);
        expect(figures[`${when}P50Milliseconds`]).toBeGreaterThan(0);
        expect(figures[`${when}P99Milliseconds`]).toBeGreaterThanOrEqual(figures[`${when}P50Milliseconds`]);
        expect(figures[`${when}MaximumMilliseconds`]).toBeGreaterThanOrEqual(figures[`${when}P99Milliseconds`]);
      }
      expect(figures.ratio).toBeGreaterThan(0);
      expect(figures.importRowsPerSecond).toBeGreaterThan(0);
    }
  });
});

describe.each(ENGINES)('the benchmark verify: %s', (engine) => {
  it('prints one JSON object with the figures and ratios, and null for what it was told to leave out', () => {
    const words = ['--rows', '500', '--db', engine, '--repetitions', '1', '--offline', '--json'];
    const { status, stdout } = bench('verify', ...words);
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ subject: 'verify', db: engine, rows: 500, node: process.version });
    expect(found.repetitions).toHaveLength(1);
    for (const figures of [found, ...found.repetitions]) {
      for (const contender of ['r', 'minimalRouteR'])
        expect(figures[`${contender}equestsPerSecond`]).toBeGreaterThan(0);
      for (const contender of ['p', 'minimalRouteP'])
        expect(figures[`${contender}99Ms`]).toBeGreaterThanOrEqual(figures[`${contender}50Ms`]);
      expect(figures.ratioToMinimalRoute).toBeGreaterThan(0);
      expect(figures).toMatchObject({ betterAuthRequestsPerSecond: null, ratioToBetterAuth: null });
    }
  });
});

describe('the benchmark', () => {
  it('explains in its help every figure that it prints', () => {
    const { status, stdout } = bench('--help');
    expect(status).toBe(0);
    const ofImport = ['rowsPerSecond', 'limitRowsPerSecond', 'ratio', 'peakRssMiB'];
    const ofBoth = ['idleP99Milliseconds', 'busyP99Milliseconds', 'busyRequests', 'importRowsPerSecond'];
    const ofVerify = ['requestsPerSecond', 'p50Ms', 'p99Ms', 'ratioToMinimalRoute', 'ratioToBetterAuth'];
    for (const figure of [...ofImport, ...ofBoth, ...ofVerify]) expect(stdout).toContain(figure);
  });

  it('refuses in one line what it does not know', () => {
    for (const words of [
      ['no-such'],
      ['--bogus'],
      ['import-api', '--db', 'oracle'],
      ['import-api', '--rows', 'many'],
    ]) {
      const { status, stderr } = bench(...words);
      expect([status, stderr.split('\n').length]).toEqual([2, 2]);
    }
  });
});

function bench(...words: string[]) {
  return spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' });
}
