import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'duo.json',
    source: 'duo-mobile',
    expected: [
      { secret: 'sha256:92e0b3a1a5e5', user: { name: 'Mason' }, notes: ['period_unknown'] },
      { secret: 'sha256:b73b3b503b9a', user: { name: 'James' }, type: 'hotp', counter: 3 },
    ],
  },
];
