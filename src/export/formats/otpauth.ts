import { formatKeyUri } from '../../otp/key-uri.ts';
import type { ExportFormat } from '../format.ts';

/**
 * Key URIs, one a line. There is always an issuer: the first colon of a label ends it, so that those of the user id stay in
 * the user id.
 */
export const otpauth: ExportFormat = {
  name: 'otpauth',
  title: { en: 'otpauth:// addresses, one a line', zh: 'otpauth:// 地址，每行一个' },
  isEncrypted: false,
  createWriter: () => ({
    head: () => '',
    item({ userId, ...factor }) {
      // Readers drop spaces around the account.
      if (userId !== userId.trim()) return undefined;
      return `${formatKeyUri({ ...factor, issuer: 'Factorport', account: userId })}\n`;
    },
    tail: () => '',
  }),
};
