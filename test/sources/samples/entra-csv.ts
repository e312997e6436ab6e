import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'deepnet-safeid.csv',
    source: 'entra',
    expected: [
      { secret: 'sha256:98ebaaffd1d2', serial: '10001001', period: 60 },
      { secret: 'sha256:848fffff87a2', serial: '10001002', period: 60 },
    ],
  },
  {
    file: 'learn-example.csv',
    source: 'entra',
    expected: [
      { secret: 'sha256:08c885051d3e', user: { username: 'Helga@contoso.com' }, serial: '1234567', period: 60 },
    ],
  },
];
