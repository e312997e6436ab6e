import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { ReportRow } from '../../../src/import/jobs/job.ts';
import { reportText } from '../../../src/import/jobs/report-text.ts';
import { guardCell, unguardCell } from '../../../src/sources/formula-guard.ts';
import type { SourceUser } from '../../../src/sources/source.ts';

function row(user: SourceUser, more: Partial<ReportRow> = {}): ReportRow {
  const place = { sequence: 1, severity: 'failed', item: 3, line: 4 } as const;
  return { ...place, user, serial: undefined, field: 'secret', reason: 'not_hex', parameters: {}, ...more };
}

async function textOf(format: 'csv' | 'ndjson', ...rows: ReportRow[]): Promise<string> {
  async function* batches() {
    yield rows;
  }
  let text = '';
  for await (const piece of reportText(format, batches(), 'en')) text += piece;
  return text;
}

async function cellsOf(...rows: ReportRow[]): Promise<Record<string, string>[]> {
  return parse(await textOf('csv', ...rows), { columns: true, bom: true });
}

describe('the report as CSV', () => {
  it('says who, where and why, with a place for the secret', async () => {
    const user = { id: 'a', externalId: 'b', username: 'c', email: 'd@example.com', phone: '13800000000', name: 'e' };
    expect(await cellsOf(row(user, { serial: 'S1' }))).toEqual([
      expect.objectContaining({
        ...{ user_id: 'a', external_id: 'b', username: 'c', email: 'd@example.com', phone: '13800000000', user: 'e' },
        ...{ serial: 'S1', secret: '', severity: 'failed', item: '3', line: '4', field: 'secret', reason: 'not_hex' },
        message: expect.stringContaining('hexadecimal'),
      }),
    ]);
  });

  it.each(['=1+1', '+8613800000000', '-x', '@sum', '\tx', "'=x", 'a"b', 'a,b', 'a\nb', ' padded ', '用户'])(
    'holds %j so that no spreadsheet executes it and the import reads it as it was',
    async (name) => {
      const [cells] = await cellsOf(row({ name }));
      expect(cells?.user).not.toMatch(/^[=+\-@\t\r]/);
      expect(unguardCell(cells?.user ?? '')).toBe(name);
    },
  );

  it('begins with a byte order mark, so that Excel reads it as UTF-8', async () => {
    expect(await textOf('csv')).toMatch(/^\ufeffuser_id,/);
  });
});

describe('the report as NDJSON', () => {
  it('has an item of the form that is imported, with the problem beside it', async () => {
    const [line] = (await textOf('ndjson', row({ id: 'a', email: 'b@example.com' }, { serial: 'S1' }))).split('\n');
    expect(JSON.parse(line ?? '')).toEqual({
      userId: 'a',
      otp: { secret: '' },
      problem: {
        ...{ severity: 'failed', item: 3, line: 4, field: 'secret', reason: 'not_hex', serial: 'S1' },
        message: expect.any(String),
        user: { email: 'b@example.com' },
      },
    });
  });
});

it('what a guarded cell is, is told back, and what none is, stays', () => {
  for (const text of ['', "'", "'a", 'a', '=', "''=", "'+1"]) expect(unguardCell(guardCell(text))).toBe(text);
});
