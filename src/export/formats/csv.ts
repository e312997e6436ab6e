import { guardCell } from '../../sources/formula-guard.ts';
import { findDamage } from '../../sources/table/spreadsheet.ts';
import { isAbsent } from '../../sources/table/written-secret.ts';
import type { ExportFormat } from '../format.ts';

/**
 * A table (RFC 4180). The user id is always quoted, so that whatever stands in it stays one cell, and guarded, so that no
 * spreadsheet executes it; the reader of tables takes the guard away.
 */
export const csv: ExportFormat = {
  name: 'csv',
  title: { en: 'CSV, secrets in base32', zh: 'CSV，密钥为 base32' },
  isEncrypted: false,
  createWriter: () => ({
    head: () => 'user_id,secret,type,algorithm,digits,period,counter\n',
    item({ userId, seed, parameters, counter }) {
      if (!isReadBack(userId)) return undefined;
      const { type, algorithm, digits, periodSeconds } = parameters;
      const moving = type === 'hotp' ? `,${counter}` : `${periodSeconds},`;
      const user = guardCell(userId).replaceAll('"', '""');
      return `"${user}",${seed.toBase32()},${type},${algorithm},${digits},${moving}\n`;
    },
    tail: () => '',
  }),
};

/** Readers of tables drop spaces around cells, and take some texts for no value or for a spreadsheet's damage. */
function isReadBack(userId: string): boolean {
  return userId === userId.trim() && !isAbsent(userId) && findDamage(userId) === undefined;
}
