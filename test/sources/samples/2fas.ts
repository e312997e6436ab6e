import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: '2fas_authenticator.json',
    source: '2fas',
    expected: [
      { secret: 'sha256:92e0b3a1a5e5', user: { name: 'Mason' }, notes: ['period_unknown'] },
      { secret: 'sha256:3261652d6c57', user: { name: 'James' }, notes: ['period_unknown'] },
      { secret: 'sha256:2270a9a394ca', user: { name: 'Elijah' }, notes: ['period_unknown'] },
      { secret: 'sha256:b73b3b503b9a', user: { name: 'James' }, notes: ['period_unknown'] },
      { secret: 'sha256:95972fdf8077', user: { name: 'Benjamin' }, notes: ['period_unknown'] },
      { secret: 'sha256:311c270d0815', user: { name: 'Mason' }, notes: ['period_unknown'] },
    ],
  },
  {
    file: '2fas_authenticator_encrypted_v3.2fas',
    source: '2fas',
    options: { secret: 'test' },
    expected: [
      { secret: 'sha256:92e0b3a1a5e5', user: { name: 'Mason' } },
      { secret: 'sha256:3261652d6c57', user: { name: 'James' }, algorithm: 'SHA256', digits: 7, period: 20 },
      { secret: 'sha256:2270a9a394ca', user: { name: 'Elijah' }, algorithm: 'SHA512', digits: 8, period: 50 },
      { secret: 'sha256:b73b3b503b9a', user: { name: 'James' }, type: 'hotp', counter: 1 },
      {
        secret: 'sha256:95972fdf8077',
        user: { name: 'Benjamin' },
        type: 'hotp',
        algorithm: 'SHA256',
        digits: 7,
        counter: 50,
      },
      {
        secret: 'sha256:311c270d0815',
        user: { name: 'Mason' },
        type: 'hotp',
        algorithm: 'SHA512',
        digits: 8,
        counter: 10300,
      },
    ],
  },
  {
    file: '2fas_authenticator_plain.2fas',
    source: '2fas',
    expected: [
      { secret: 'sha256:92e0b3a1a5e5', user: { name: 'Mason' } },
      { secret: 'sha256:2270a9a394ca', user: { name: 'Elijah' }, algorithm: 'SHA512', digits: 8, period: 50 },
      { problem: 'type_missing', field: 'otp.tokenType', user: { name: 'James' } },
      { problem: 'type_missing', field: 'otp.tokenType', user: { name: 'Mason' } },
    ],
  },
  {
    file: '2fas_authenticator_plain_v4.2fas',
    source: '2fas',
    expected: [
      { secret: 'sha256:92e0b3a1a5e5', user: { name: 'Mason' } },
      { secret: 'sha256:b73b3b503b9a', user: { name: 'James' }, type: 'hotp', counter: 1 },
      {
        secret: 'sha256:95972fdf8077',
        user: { name: 'Benjamin' },
        type: 'hotp',
        algorithm: 'SHA256',
        digits: 7,
        counter: 50,
      },
      {
        secret: 'sha256:311c270d0815',
        user: { name: 'Mason' },
        type: 'hotp',
        algorithm: 'SHA512',
        digits: 8,
        counter: 10300,
      },
      { problem: 'steam', field: 'otp.tokenType', user: { name: 'Sophia' } },
    ],
  },
  {
    file: 'stratum-twofas.unencrypted.2fas',
    source: '2fas',
    options: { secret: 'test' },
    expected: [
      { secret: 'sha256:1b1549abf4c1', user: { name: 'Totp' } },
      { secret: 'sha256:07798ee92b7c', user: { name: 'NoIssuer' } },
      { secret: 'sha256:c372e10dc046', user: { name: '256' }, algorithm: 'SHA256' },
      { secret: 'sha256:43affe166fa7', user: { name: '512' }, algorithm: 'SHA512' },
      { secret: 'sha256:fee62fe19609', user: { name: 'Period' }, period: 60 },
      { secret: 'sha256:e970b930f9d9', user: { name: 'Hotp' }, type: 'hotp', counter: 10 },
    ],
  },
];
