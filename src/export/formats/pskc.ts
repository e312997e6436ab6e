import { randomBytes } from 'node:crypto';
import { createPskcWriter } from '../../sources/pskc/write.ts';
import type { ExportFormat } from '../format.ts';

/** What OWASP's Password Storage Cheat Sheet asks of PBKDF2 with SHA-256. */
const ITERATIONS = 600_000;
/** XML 1.0 §2.2 has no way to write these. */
const NOT_IN_XML = /[\ufffe\uffff]/;

/** A key container whose secrets are encrypted with a key derived from a password, and authenticated each. */
export const pskc: ExportFormat = {
  name: 'pskc',
  title: { en: 'PSKC (RFC 6030), encrypted with a password', zh: 'PSKC（RFC 6030），使用密码加密' },
  isEncrypted: true,
  async createWriter(password) {
    const writer = await createPskcWriter({ password, iterations: ITERATIONS, randomBytes });
    return {
      head: writer.head,
      // An element of nothing but spaces is an empty one.
      item: (factor) =>
        NOT_IN_XML.test(factor.userId) || factor.userId.trim() === '' ? undefined : writer.keyPackage(factor),
      tail: writer.tail,
    };
  },
};
