import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'import-otp.json',
    source: 'authing',
    expected: [
      {
        secret: 'sha256:1b05524588d2',
        user: { id: '6229ffaxxxxxxxxcade3e3d9' },
        recoveryCodes: ['b471-8ec0-874a-087f-bccb-cd54'],
      },
    ],
  },
];
