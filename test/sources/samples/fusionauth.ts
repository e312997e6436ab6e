import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'import-request.json',
    source: 'fusionauth',
    expected: [
      {
        secret: 'sha256:23dcb00de9d7',
        user: { username: 'johnny123', email: 'example@fusionauth.io' },
      },
    ],
  },
];
