import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'aegis-freeotp.xml',
    source: 'freeotp',
    expected: [
      {
        secret: 'sha256:311c270d0815',
        user: { name: 'Mason' },
        type: 'hotp',
        algorithm: 'SHA512',
        digits: 8,
        counter: 10300,
      },
      { secret: 'sha256:2270a9a394ca', user: { name: 'Elijah' }, algorithm: 'SHA512', digits: 8, period: 50 },
      { secret: 'sha256:92e0b3a1a5e5', user: { name: 'Mason' } },
      { secret: 'sha256:b73b3b503b9a', user: { name: 'James' }, type: 'hotp', counter: 1 },
      'nothing',
    ],
  },
  {
    file: 'stratum-freeotpplus.json',
    source: 'freeotp',
    expected: [
      { secret: 'sha256:fee62fe19609', user: { name: 'Period' }, period: 60 },
      { secret: 'sha256:05d7de8316c4', user: { name: 'Digits' }, digits: 8 },
      { secret: 'sha256:c372e10dc046', user: { name: '256' }, algorithm: 'SHA256' },
      { secret: 'sha256:43affe166fa7', user: { name: '512' }, algorithm: 'SHA512' },
      { secret: 'sha256:e970b930f9d9', user: { name: 'Hotp' }, type: 'hotp', counter: 10 },
      { secret: 'sha256:1b1549abf4c1', user: { name: 'Totp' } },
      { secret: 'sha256:07798ee92b7c', user: { name: 'NoIssuer' } },
    ],
  },
];
