import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'mfa_factors-doc.json',
    source: 'auth0',
    expected: [{ secret: 'sha256:d690a86ce998', user: { email: 'john.doe@contoso.com' } }],
  },
  {
    file: 'zitadel-tools-auth0-users.json',
    source: 'auth0',
    expected: ['nothing', 'nothing', 'nothing', 'nothing', 'nothing'],
  },
];
