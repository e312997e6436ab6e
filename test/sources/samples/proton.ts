import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  { file: 'aegis-proton_authenticator.json', refused: 'source_unsupported' },
  { file: 'ente-proton_authenticator_backup_encrypted_1231246.json', refused: 'source_unsupported' },
];
