import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'stratum-lastpass.json',
    source: 'lastpass-authenticator',
    expected: [
      { secret: 'sha256:1b1549abf4c1', user: { name: 'Totp' } },
      { secret: 'sha256:fee62fe19609', user: { name: 'Period' }, period: 60 },
      { problem: 'digits_out_of_range', field: 'digits', user: { name: 'Digits' } },
      { secret: 'sha256:07798ee92b7c', user: { name: 'NoIssuer' } },
      { secret: 'sha256:c372e10dc046', user: { name: '256' }, algorithm: 'SHA256' },
      { secret: 'sha256:43affe166fa7', user: { name: '512' }, algorithm: 'SHA512' },
    ],
  },
];
