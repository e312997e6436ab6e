import { describe, expect, it } from 'vitest';
import { openFactorSeed, parametersOf } from '../../src/factors/open-factor-seed.ts';
import type { GeneratedFormat } from '../../src/generate/format.ts';
import { GENERATED_FORMATS } from '../../src/generate/formats/index.ts';
import { generate, generateAssignments } from '../../src/generate/generate.ts';
import { createRows, type Row, type RowSettings } from '../../src/generate/rows.ts';
import type { ImportJob, JobOptions } from '../../src/import/jobs/job.ts';
import { exportText, PASSWORD } from '../export/exporting.ts';
import { openTestServices, type TestServices } from '../store/open-services.ts';
import { ENGINES } from '../support/engines.ts';
import { report, run, upload } from './jobs/running.ts';

const ROWS = 400;
const SETTINGS: RowSettings = { seed: 'there', badShare: 0.1, hotpShare: 0.2, recoveryCodes: 3, userPrefix: 'user-' };
const GOOD: RowSettings = { ...SETTINGS, seed: 'and back', badShare: 0 };

describe.each(ENGINES)('on %s', (engine) => {
  it.each(formats(GENERATED_FORMATS))(
    'a generated file is imported as its rows say, the bad ones with their reasons: %s',
    async (_, format) => {
      await using opened = await openTestServices(engine);
      const job = await importGenerated(opened, format, SETTINGS);
      const rows = createRows(SETTINGS, format.abilities).range(0, ROWS);
      const bad = rows.filter(({ fault }) => fault !== undefined);
      const good = rows.filter(({ fault, hasOtp }) => fault === undefined && hasOtp);
      expect(job).toMatchObject({ state: 'finished', counts: countsOf(rows, good, bad) });
      const failed = (await report(opened, job.jobId)).filter(({ severity }) => severity === 'failed');
      expect(failed.map(({ item, reason }) => [item, reason])).toEqual(
        bad.map((row) => [row.index + 1, format.abilities.faults[row.fault as 'damaged']]),
      );
      expect(await told(opened)).toEqual(good.map(expected).sort());
    },
  );

  it.each(['pskc', 'authing', 'ndjson', 'otpauth', 'csv'])(
    'what was imported, exported and imported again is equal, factor by factor: %s',
    async (name) => {
      const format = GENERATED_FORMATS.find((one) => one.name === name) as GeneratedFormat;
      await using first = await openTestServices(engine);
      await importGenerated(first, format, GOOD);
      const factors = await factorsIn(first);
      expect(factors).toHaveLength(ROWS);
      expect(new Set(factors.map(({ parameters }) => parameters.type)).size).toBe(2);

      const { text, outcome } = await exportText(first.services, first.poolId, name);
      expect(outcome).toMatchObject({ exported: ROWS, leftOut: 0 });
      await using second = await openTestServices(engine);
      const secret = name === 'pskc' ? PASSWORD : undefined;
      const job = await importText(second, text, {}, { secret });
      expect(job).toMatchObject({ state: 'finished', counts: { added: ROWS, failed: 0 } });
      expect(await factorsIn(second)).toEqual(factors);
    },
  );
});

function countsOf(rows: readonly Row[], good: readonly Row[], bad: readonly Row[]) {
  return {
    items: rows.length,
    added: good.length,
    failed: bad.length,
    nothing: rows.length - good.length - bad.length,
    usersCreated: good.length,
    recoveryCodes: good.flatMap(({ recoveryCodes }) => recoveryCodes).length,
    duplicates: bad.filter(({ fault }) => fault === 'duplicate_user').length,
  };
}

function formats(all: readonly GeneratedFormat[]): [string, GeneratedFormat][] {
  return all.map((format) => [format.name, format]);
}

function importGenerated(opened: TestServices, format: GeneratedFormat, settings: RowSettings): Promise<ImportJob> {
  const users = [...generateAssignments(format, settings, ROWS)].join('');
  return importText(
    opened,
    [...generate(format, settings, ROWS)].join(''),
    { match: format.name === 'entra' ? 'username' : 'user_id' },
    users === '' ? {} : { users },
  );
}

async function importText(
  opened: TestServices,
  text: string,
  options: Partial<JobOptions>,
  { secret, users }: { secret?: string | undefined; users?: string },
): Promise<ImportJob> {
  const { jobId } = await upload(opened, text, users === undefined ? {} : { users });
  return run(opened, jobId, { createUsers: true, ...options }, secret);
}

async function factorsIn({ services, poolId }: TestServices) {
  const factors = await services.store.read.factors.listAfter(poolId, '', ROWS * 2);
  await services.vault.learn(factors.map((factor) => factor.sealed_seed));
  return factors.map((factor) => ({
    userId: factor.user_id,
    secret: Buffer.from(openFactorSeed(services.vault, factor).bytes).toString('hex'),
    parameters: parametersOf(factor),
    counter: factor.counter,
  }));
}

/** Without the users, whom a file may name in another way than by the id they get. */
async function told(opened: TestServices): Promise<string[]> {
  return (await factorsIn(opened)).map(({ userId: _, ...factor }) => JSON.stringify(factor)).sort();
}

function expected({ secret, type, algorithm, digits, periodSeconds, counter }: Row): string {
  const parameters = { type, algorithm, digits, periodSeconds };
  return JSON.stringify({ secret: secret.toString('hex'), parameters, counter });
}
