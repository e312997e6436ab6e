import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'aegis-bitwarden.csv',
    source: 'bitwarden',
    expected: [
      { secret: 'sha256:92e0b3a1a5e5', user: { name: 'Mason' } },
      { secret: 'sha256:3261652d6c57', user: { name: 'James' }, algorithm: 'SHA256', digits: 7, period: 20 },
      { secret: 'sha256:2270a9a394ca', user: { name: 'Elijah' }, algorithm: 'SHA512', digits: 8, period: 50 },
      { problem: 'steam', field: 'login_totp' },
    ],
  },
  { file: 'stratum-bitwarden.encrypted.accountrestricted.json', source: 'bitwarden', refused: 'source_unsupported' },
  {
    // Its password stands nowhere beside the samples; what it is encrypted by is proven by a fixture.
    file: 'stratum-bitwarden.encrypted.pbkdf2.json',
    source: 'bitwarden',
    options: { secret: 'test' },
    refused: 'source_secret_wrong',
  },
  {
    file: 'stratum-bitwardenauthenticator.json',
    source: 'bitwarden',
    expected: [
      { secret: 'sha256:1b1549abf4c1', user: { name: 'Totp' } },
      { secret: 'sha256:07798ee92b7c', user: { name: 'NoIssuer' } },
      { secret: 'sha256:c372e10dc046', user: { name: '256' }, algorithm: 'SHA256' },
      { secret: 'sha256:43affe166fa7', user: { name: '512' }, algorithm: 'SHA512' },
      { problem: 'digits_out_of_range', field: 'digits', user: { name: 'Digits' } },
      { secret: 'sha256:fee62fe19609', user: { name: 'Period' }, period: 60 },
    ],
  },
];
