import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'aegis-stratum_plain.json',
    source: 'stratum',
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
      { problem: 'steam', field: 'Type', user: { name: 'Sophia' } },
    ],
  },
];
