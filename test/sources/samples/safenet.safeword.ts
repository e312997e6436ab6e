import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'linotp-safeword_tokens.dat',
    source: 'safeword',
    expected: [
      { secret: 'sha256:28d24898a5ad', serial: 'RAINER01', type: 'hotp' },
      { secret: 'sha256:265a9c1ee0cf', serial: 'RAINER02' },
    ],
  },
];
