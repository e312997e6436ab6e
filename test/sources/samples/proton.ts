import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'aegis-proton_authenticator.json',
    source: 'proton-authenticator',
    expected: [
      { secret: 'sha256:92e0b3a1a5e5', user: { name: 'Mason' } },
      { secret: 'sha256:3261652d6c57', user: { name: 'James' }, algorithm: 'SHA256', digits: 7, period: 20 },
      { secret: 'sha256:2270a9a394ca', user: { name: 'Elijah' }, algorithm: 'SHA512', digits: 8, period: 50 },
    ],
  },
  { file: 'ente-proton_authenticator_backup_encrypted_1231246.json', refused: 'source_unsupported' },
];
