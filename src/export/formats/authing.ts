import type { ExportedFactor, ExportFormat } from '../format.ts';

/** The body of `import-otp`: what another installation, or Authing, takes as it is. */
export const authing: ExportFormat = {
  name: 'authing',
  title: { en: 'Authing, one document: {"list": […]}', zh: 'Authing，单个文档：{"list": […]}' },
  isEncrypted: false,
  createWriter() {
    let before = '';
    return {
      head: () => '{"list":[\n',
      item(factor) {
        const text = before + toItem(factor);
        before = ',\n';
        return text;
      },
      tail: () => '\n]}\n',
    };
  },
};

/** The same items, one a line. */
export const ndjson: ExportFormat = {
  name: 'ndjson',
  title: { en: 'Authing items, one a line', zh: 'Authing 项，每行一个' },
  isEncrypted: false,
  createWriter: () => ({ head: () => '', item: (factor) => `${toItem(factor)}\n`, tail: () => '' }),
};

/** Every parameter is written, the usual ones too: no reader has to know what is usual. */
function toItem({ userId, seed, parameters, counter }: ExportedFactor): string {
  const { type, algorithm, digits, periodSeconds } = parameters;
  const moving = type === 'hotp' ? { counter } : { period: periodSeconds };
  return JSON.stringify({ userId, otp: { secret: seed.toBase32(), type, algorithm, digits, ...moving } });
}
