import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../src/generate/format.ts';
import { GENERATED_FORMATS } from '../../src/generate/formats/index.ts';
import { generate, generateAssignments } from '../../src/generate/generate.ts';
import { createRows, type RowSettings } from '../../src/generate/rows.ts';
import { toBase32 } from '../../src/generate/secret-text.ts';
import { REASONS } from '../../src/import/reasons.ts';
import { encodeBase32 } from '../../src/otp/base32.ts';
import { parseKeyUri } from '../../src/otp/key-uri.ts';
import { readAuthingItem } from '../../src/sources/authing-item.ts';

const SETTINGS: RowSettings = { seed: 'test', badShare: 0.2, hotpShare: 0.25, recoveryCodes: 2, userPrefix: 'user-' };
const CLEAN: RowSettings = { ...SETTINGS, badShare: 0 };
const ROWS = 2_500;

const formatCalled = (name: string) => {
  const format = GENERATED_FORMATS.find((one) => one.name === name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return format;
};
const file = (name: string, settings: RowSettings, count: number) =>
  [...generate(formatCalled(name), settings, count)].join('');

describe.each(GENERATED_FORMATS.map((format) => [format.name, format] as const))(
  'synthetic rows: %s',
  (name, format) => {
    it('are decided by the seed and the place alone', () => {
      expect(file(name, SETTINGS, ROWS)).toBe(file(name, SETTINGS, ROWS));
      expect(file(name, { ...SETTINGS, seed: 'other' }, ROWS)).not.toBe(file(name, SETTINGS, ROWS));
      const rows = createRows(SETTINGS, format.abilities);
      const all = rows.range(0, ROWS);
      for (const index of [0, 1, 999, 1_000, ROWS - 1]) expect(rows.rowOf(index)).toEqual(all[index]);
      const short = file(name, SETTINGS, 10).slice(0, -format.tail.length);
      expect(file(name, SETTINGS, ROWS).startsWith(short)).toBe(true);
    });

    it('have about the share of faults and of HOTP that was asked for, and every fault that the format can say', () => {
      const rows = createRows(SETTINGS, format.abilities).range(0, 10_000);
      const bad = rows.filter(({ fault }) => fault !== undefined);
      expect(bad.length / rows.length).toBeCloseTo(0.2, 1);
      expect(new Set(bad.map(({ fault }) => fault))).toEqual(new Set(Object.keys(format.abilities.faults)));
      const hotp = rows.filter(({ type }) => type === 'hotp').length / rows.length;
      expect(hotp).toBeCloseTo(format.abilities.hotp ? 0.25 : 0, 1);
    });

    it('say whose duplicates they are: of a good row before', () => {
      const rows = createRows(SETTINGS, format.abilities).range(0, ROWS);
      const seen = new Set<string>();
      for (const { fault, userId, hasOtp } of rows) {
        expect(seen.has(userId)).toBe(fault === 'duplicate_user');
        if (fault === undefined && hasOtp) seen.add(userId);
      }
    });

    it('have reasons that an import knows', () => {
      for (const [fault, reason] of Object.entries(format.abilities.faults)) {
        expect(FAULTS).toContain(fault);
        expect(Object.keys(REASONS)).toContain(reason);
      }
    });

    it('may all be bad, and none of them', () => {
      const rows = (badShare: number) => createRows({ ...SETTINGS, badShare }, format.abilities).range(0, 100);
      expect(rows(1).every(({ fault }) => fault !== undefined)).toBe(true);
      expect(rows(0).every(({ fault }) => fault === undefined)).toBe(true);
    });

    it('are well-formed where the format is JSON', () => {
      if (!['authing', 'keycloak', 'fusionauth'].includes(name)) return;
      for (const count of [0, 1, ROWS]) {
        const document = JSON.parse(file(name, SETTINGS, count));
        expect(document.list ?? document.users).toHaveLength(count);
      }
    });
  },
);

describe('what synthetic rows become', () => {
  it('items of Authing are read as the row says, or refused for its reason', () => {
    const rows = createRows(SETTINGS, formatCalled('authing').abilities).range(0, ROWS);
    const { list } = JSON.parse(file('authing', SETTINGS, ROWS));
    for (const [index, row] of rows.entries()) {
      const result = readAuthingItem(list[index], index);
      if (row.fault === undefined || row.fault === 'duplicate_user') {
        const { userId, type, algorithm, digits, periodSeconds, counter } = row;
        expect(result).toMatchObject({
          ok: true,
          entry: { userId, counter, parameters: { type, algorithm, digits, periodSeconds } },
        });
        if (result.ok) {
          expect(Buffer.from(result.entry.seed.bytes)).toEqual(row.secret);
          expect(result.entry.recoveryCodes.map(({ text }) => text)).toEqual(
            row.recoveryCodes.map((code) => code.replaceAll('-', '')),
          );
        }
      } else {
        const reason = formatCalled('authing').abilities.faults[row.fault];
        expect(result).toMatchObject({ ok: false, problem: { reason } });
      }
    }
  });

  it('a damaged line of NDJSON damages no other', () => {
    const rows = createRows(SETTINGS, formatCalled('ndjson').abilities).range(0, ROWS);
    const lines = file('ndjson', SETTINGS, ROWS).trimEnd().split('\n');
    expect(lines).toHaveLength(ROWS);
    for (const [index, line] of lines.entries()) {
      if (rows[index]?.fault === 'damaged') expect(() => JSON.parse(line)).toThrow(SyntaxError);
      else expect(JSON.parse(line).userId).toBe(rows[index]?.userId);
    }
  });

  it('key URIs hold what the row says', () => {
    const rows = createRows(CLEAN, formatCalled('otpauth').abilities).range(0, ROWS);
    const lines = file('otpauth', CLEAN, ROWS).trimEnd().split('\n');
    for (const [index, line] of lines.entries()) {
      const key = parseKeyUri(line);
      const row = rows[index];
      if (typeof key === 'string' || row === undefined) throw new Error(String(key));
      const { type, algorithm, digits, periodSeconds, counter } = row;
      expect(key).toMatchObject({ account: row.userId, counter });
      expect(key.parameters).toEqual({ type, algorithm, digits, periodSeconds });
      expect(Buffer.from(key.seed.bytes)).toEqual(row.secret);
    }
  });

  it('a realm has users with secrets in base32, with plain ones, and without any', () => {
    const rows = createRows(CLEAN, formatCalled('keycloak').abilities).range(0, ROWS);
    const { users } = JSON.parse(file('keycloak', CLEAN, ROWS));
    const kinds = new Set<string>();
    for (const [index, { id, credentials }] of users.entries()) {
      const row = rows[index];
      const otp = credentials.find(({ type }: { type: string }) => type === 'otp');
      expect([id, otp !== undefined]).toEqual([row?.userId, row?.hasOtp]);
      if (row === undefined || otp === undefined) {
        kinds.add('none');
        continue;
      }
      const { value } = JSON.parse(otp.secretData);
      const { secretEncoding } = JSON.parse(otp.credentialData);
      kinds.add(String(secretEncoding));
      expect(value).toBe(secretEncoding === 'BASE32' ? encodeBase32(row.secret) : row.secret.toString('utf8'));
    }
    expect(kinds).toEqual(new Set(['none', 'BASE32', 'undefined']));
  });

  it('tokens of a list without users are assigned by one with the same serial numbers', () => {
    const format = formatCalled('oath-csv');
    const serials = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(',')[0]);
    const [heading, ...assigned] = serials([...generateAssignments(format, SETTINGS, ROWS)].join(''));
    expect(heading).toBe('serial');
    expect(assigned).toEqual(serials(file('oath-csv', SETTINGS, ROWS)));
  });

  it('base32 is that of everybody else, for every length', () => {
    for (let length = 0; length <= 64; length++) {
      const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 151 + length) & 255));
      expect(toBase32(bytes)).toBe(encodeBase32(bytes));
    }
  });

  it('a million of them take less memory than their file, however many pieces there were', () => {
    const format = formatCalled('ndjson');
    const before = process.memoryUsage().heapUsed;
    let largest = 0;
    let length = 0;
    let pieces = 0;
    for (const piece of generate(format, SETTINGS, 1_000_000)) {
      length += piece.length;
      if (++pieces % 50 === 0) largest = Math.max(largest, process.memoryUsage().heapUsed);
    }
    expect(length).toBeGreaterThan(150_000_000);
    // Young garbage that the collector has not come to yet.
    expect(largest - before).toBeLessThan(120_000_000);
  });
});
