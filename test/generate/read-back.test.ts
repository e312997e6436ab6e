import { describe, expect, it } from 'vitest';
import type { GeneratedFormat } from '../../src/generate/format.ts';
import { GENERATED_FORMATS } from '../../src/generate/formats/index.ts';
import { generate, generateAssignments } from '../../src/generate/generate.ts';
import { createRows, type Row, type RowSettings } from '../../src/generate/rows.ts';
import { authing } from '../../src/sources/authing.ts';
import { csv } from '../../src/sources/csv.ts';
import { entra } from '../../src/sources/entra.ts';
import { fusionauth } from '../../src/sources/fusionauth.ts';
import { keycloak } from '../../src/sources/keycloak.ts';
import { oathCsv } from '../../src/sources/oath-csv.ts';
import { otpauth } from '../../src/sources/otpauth.ts';
import { pskc } from '../../src/sources/pskc/pskc.ts';
import type { Source, SourceItem } from '../../src/sources/source.ts';

const SETTINGS: RowSettings = { seed: 'back', badShare: 0.2, hotpShare: 0.2, recoveryCodes: 2, userPrefix: 'user-' };
const ROWS = 3_000;

/** The source that reads each format. */
const SOURCES: Readonly<Record<string, Source>> = {
  ndjson: authing,
  authing,
  csv,
  otpauth,
  keycloak,
  fusionauth,
  pskc,
  entra,
  'oath-csv': oathCsv,
};

describe.each(GENERATED_FORMATS.map((format) => [format.name, format] as const))(
  'a synthetic file: %s',
  (name, format) => {
    it('is read row by row as its rows say, good ones and bad ones', async () => {
      const text = [...generate(format, SETTINGS, ROWS)].join('');
      const rows = createRows(SETTINGS, format.abilities).range(0, ROWS);
      const read = await readAll(SOURCES[name] as Source, text);
      const assigned = assignments(format);
      expect(read.map((item) => summary(item, assigned))).toEqual(
        rows.map((row) => expected(row, format.abilities.faults)),
      );
    });
  },
);

async function readAll(source: Source, text: string): Promise<SourceItem[]> {
  const items: SourceItem[] = [];
  const input = {
    async *open() {
      yield Buffer.from(text);
    },
  };
  for await (const some of source.read(input, {})) items.push(...some);
  return items;
}

/** Whose each token is, by its serial number, where the format has a list for that. */
function assignments(format: GeneratedFormat): ReadonlyMap<string, string> {
  const lines = [...generateAssignments(format, SETTINGS, ROWS)].join('').trimEnd().split('\n');
  return new Map(lines.map((line) => line.split(',') as [string, string]));
}

function summary(item: SourceItem, assigned: ReadonlyMap<string, string>): object {
  if (item.kind === 'nothing') return { nothing: true };
  if (item.kind === 'problem') return { reason: item.problem.reason };
  const { user, serial = '', seed, parameters, counter, recoveryCodes } = item.entry;
  const name = user.id ?? user.username ?? user.email ?? user.name;
  return {
    userId: name === undefined ? assigned.get(serial) : name.replace(/@example\.test$/, ''),
    secret: Buffer.from(seed.bytes).toString('hex'),
    parameters,
    counter,
    recoveryCodes: recoveryCodes.map((code) => code.text),
  };
}

/** A duplicate is read like any other row: that its user stands before is for the import to find. */
function expected(row: Row, reasons: Readonly<Record<string, string>>): object {
  if (!row.hasOtp) return { nothing: true };
  if (row.fault !== undefined && row.fault !== 'duplicate_user') return { reason: reasons[row.fault] };
  const { userId, secret, type, algorithm, digits, periodSeconds, counter, recoveryCodes } = row;
  return {
    userId,
    secret: secret.toString('hex'),
    parameters: { type, algorithm, digits, periodSeconds },
    counter,
    recoveryCodes: recoveryCodes.map((code) => code.replaceAll('-', '')),
  };
}
