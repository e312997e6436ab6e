import { describe, expect, it } from 'vitest';
import { csv } from '../../../src/sources/csv.ts';
import type { SourceOptions, TableInspection } from '../../../src/sources/source.ts';
import { xlsx } from '../../../src/sources/xlsx.ts';
import { A, B, C } from '../fixtures/secrets.ts';
import { workbook } from '../fixtures/workbook.ts';
import { inputOf } from '../support/inputs.ts';

async function inspect(text: string, options: SourceOptions = {}): Promise<TableInspection> {
  if (csv.inspect === undefined) throw new Error('CSV can be inspected.');
  return csv.inspect(inputOf(text), options);
}

describe('a table that is shown', () => {
  it('names its columns and what is thought of them, and masks secrets and codes', async () => {
    const shown = await inspect(
      `E-Mail,Secret Key,backup codes,Note\na@example.com,${A.hex},abcd-efgh,hello\nb@example.com,${B.hex},,\n`,
    );
    expect(shown).toEqual({
      columns: [
        { heading: 'E-Mail', field: 'email' },
        { heading: 'Secret Key', field: 'secret' },
        { heading: 'backup codes', field: 'recovery_codes' },
        { heading: 'Note', field: undefined },
      ],
      hasHeadings: true,
      rows: [
        ['a@example.com', '••••••••', '••••••••', 'hello'],
        ['b@example.com', '••••••••', '', ''],
      ],
      mapping: { email: 'E-Mail', secret: 'Secret Key', recovery_codes: 'backup codes' },
      encoding: 'hex',
    });
  });

  it('masks whatever may be a secret in columns that nobody has named, headings too', async () => {
    const shown = JSON.stringify(
      await inspect(`anna,${A.base32},${A.base64},otpauth://totp/x?secret=${B.base32},k3y-pass-phrase-of-anna\n`),
    );
    for (const secret of [A.base32, A.base64, B.base32, 'k3y-pass']) expect(shown).not.toContain(secret);
    expect(shown).toContain('anna');
  });

  it('leaves out what it cannot tell, instead of failing', async () => {
    const shown = await inspect(`user,secret\nanna,ABCDEF234567ABCDEF234567ABCDEF23\n`);
    expect(shown).toMatchObject({ mapping: { user: 'user', secret: 'secret' }, encoding: undefined });
    expect(await inspect('anna,1\nben,2\n')).toMatchObject({ hasHeadings: false, mapping: {}, encoding: undefined });
  });

  it('shows what the operator says, by number where there are no headings', async () => {
    const shown = await inspect(`anna;${C.base32}\n`, { mapping: { username: '1', secret: '2' } });
    expect(shown).toMatchObject({
      mapping: { username: '1', secret: '2' },
      encoding: 'base32',
      rows: [['anna', '••••••••']],
    });
  });

  it('may be a workbook', async () => {
    const shown = await xlsx.inspect?.(
      inputOf(
        workbook({
          S: [
            ['user', 'secret'],
            ['anna', A.base32],
          ],
        }),
      ),
      {},
    );
    expect(shown).toMatchObject({ mapping: { user: 'user', secret: 'secret' }, encoding: 'base32' });
    expect(JSON.stringify(shown)).not.toContain(A.base32);
  });
});
