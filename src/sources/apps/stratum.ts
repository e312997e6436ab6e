import { readRecordItems } from '../record-items.ts';
import type { Source } from '../source.ts';
import { readAppAccount } from './app-item.ts';

const NAMES = {
  secret: 'Secret',
  type: 'Type',
  algorithm: 'Algorithm',
  digits: 'Digits',
  period: 'Period',
  counter: 'Counter',
};
/** By the numbers of the app's enumerations. */
const TYPES = ['unknown', 'hotp', 'totp', 'motp', 'steam', 'yandex'];
const ALGORITHMS = ['SHA1', 'SHA256', 'SHA512'];

/** The plain backup of Stratum, which was called Authenticator Pro. */
export const stratum: Source = {
  name: 'stratum',
  title: { en: 'Stratum (Authenticator Pro)', zh: 'Stratum（Authenticator Pro）' },
  howToExport: {
    en: 'Stratum: Backup → Back up to file, without a password.',
    zh: 'Stratum：备份 → 备份到文件，不设密码。',
  },
  recognise: ({ json }) =>
    json?.paths.has('Authenticators.*.Secret') === true
      ? {
          certainty: 'sure',
          because: { en: 'its "Authenticators" have a "Secret"', zh: '“Authenticators”各项包含“Secret”' },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, {
      format: 'stratum',
      paths: ['Authenticators.*'],
      toItems: ({ Username, Secret, Type, Algorithm, Digits, Period, Counter }, nextPlace) => [
        readAppAccount(
          {
            place: nextPlace(),
            account: Username,
            secret: { text: Secret, encoding: 'base32' },
            type: nameOf(TYPES, Type),
            algorithm: nameOf(ALGORITHMS, Algorithm),
            digits: Digits,
            periodSeconds: Period,
            counter: Counter,
          },
          NAMES,
        ),
      ],
    }),
};

function nameOf(names: readonly string[], number: unknown): string {
  return (typeof number === 'number' ? names[number] : undefined) ?? 'unknown';
}
