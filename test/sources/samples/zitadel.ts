import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'import-human-user.json',
    source: 'zitadel',
    // The documentation's secret is a word of 7 letters.
    expected: [{ problem: 'too_short', field: 'otpCode', user: { username: 'test9@test9', email: 'test@test.com' } }],
  },
];
