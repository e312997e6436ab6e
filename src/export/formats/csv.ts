import { guardCell } from '../../sources/formula-guard.ts';
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
      const { type, algorithm, digits, periodSeconds } = parameters;
      const moving = type === 'hotp' ? `,${counter}` : `${periodSeconds},`;
      return `"${guardCell(userId).replaceAll('"', '""')}",${seed.toBase32()},${type},${algorithm},${digits},${moving}\n`;
    },
    tail: () => '',
  }),
};
