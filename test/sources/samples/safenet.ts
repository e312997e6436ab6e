import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'linotp-aladdin.xml',
    source: 'safenet',
    expected: [
      { problem: 'not_hex', field: 'Seed', serial: '00040008CFA5' },
      { problem: 'too_short', field: 'Seed', serial: '00040008CFA52' },
      { secret: 'sha256:1d5d262df2a2', serial: 'oath137332', type: 'hotp', counter: 1 },
      { secret: 'sha256:3e95b48b2876', serial: 'oath12482B', type: 'hotp', counter: 1 },
    ],
  },
  {
    file: 'linotp-safeword_tokens.dat',
    source: 'safeword',
    expected: [
      { secret: 'sha256:28d24898a5ad', serial: 'RAINER01', type: 'hotp' },
      { secret: 'sha256:265a9c1ee0cf', serial: 'RAINER02' },
    ],
  },
];
