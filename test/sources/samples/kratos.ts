import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'identity-5ff66179.json',
    source: 'kratos',
    expected: [
      {
        secret: 'sha256:8be5d113c087',
        user: { id: '5ff66179-c240-4703-b0d8-494592cefff5', email: 'bazbar@ory.sh' },
      },
    ],
  },
  // Recovery codes without an authenticator: nothing that they could stand in for.
  { file: 'handler-lookup.json', source: 'kratos', expected: ['nothing'] },
  // A credential by itself, which does not say whose it is.
  {
    file: 'TestImportLookupSecretCredentials-new_lookup_secret_credential.json',
    refused: 'source_unknown',
  },
];
