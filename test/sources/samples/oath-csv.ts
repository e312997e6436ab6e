import type { Sample } from '../support/samples.ts';

/** The ASCII digits of RFC 4226's and RFC 6238's test keys, 20 and 32 bytes. */
const DIGITS_20 = 'sha256:549c9390539e';
const DIGITS_32 = 'sha256:954656079bdf';

export const samples: readonly Sample[] = [
  {
    file: 'privacyidea-import.oath',
    source: 'oath-csv',
    expected: [
      { secret: DIGITS_20, serial: 'token01', type: 'hotp' },
      { secret: DIGITS_20, serial: 'token02' },
      { secret: DIGITS_20, serial: 'token03', digits: 8, period: 60 },
    ],
  },
  {
    file: 'netiq-example.csv',
    source: 'oath-csv',
    expected: [
      { secret: 'sha256:14217d194399', serial: 'Token001', type: 'hotp' },
      { secret: 'sha256:e9c23d3b0810', serial: 'Token002', digits: 8 },
      { secret: 'sha256:34c30367876a', serial: 'Token003', type: 'hotp' },
      { secret: 'sha256:6b4560408d7f', serial: 'Token004', period: 60 },
    ],
  },
  {
    file: 'linotp-oath_tokens.csv',
    source: 'oath-csv',
    expected: ['tok1', 'tok2', 'tok3', 'tok4'].map((serial) => ({ problem: 'too_short', field: 'secret', serial })),
  },
  {
    file: 'linotp-oath_tokens_sha256.csv',
    source: 'oath-csv',
    expected: [
      { secret: DIGITS_32, serial: 'htok_sha256_1', type: 'hotp', digits: 8, algorithm: 'SHA256' },
      { secret: DIGITS_32, serial: 'htok_sha256_2', type: 'hotp', algorithm: 'SHA256' },
      { secret: DIGITS_32, serial: 'htok_sha256_3', type: 'hotp', digits: 8, algorithm: 'SHA256' },
      { secret: DIGITS_32, serial: 'ttok_sha256_4', algorithm: 'SHA256' },
      { secret: DIGITS_32, serial: 'ttok_sha256_5', digits: 8, period: 60, algorithm: 'SHA256' },
      { secret: DIGITS_20, serial: 'htok_sha1_6', type: 'hotp', digits: 8 },
      { secret: DIGITS_20, serial: 'htok_sha256_7', type: 'hotp', digits: 8, algorithm: 'SHA256' },
      { secret: DIGITS_20, serial: 'htok_sha256_8', type: 'hotp', digits: 8, algorithm: 'SHA256' },
    ],
  },
  {
    file: 'privacyidea-ocra.csv',
    source: 'oath-csv',
    expected: [{ problem: 'ocra', field: 'type', serial: 'ocra1234' }],
  },
];
