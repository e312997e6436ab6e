import type { Sample } from '../support/samples.ts';

export const samples: readonly Sample[] = [
  {
    file: 'aegis-ente_auth.txt',
    source: 'otpauth',
    expected: [
      {
        secret: 'sha256:95972fdf8077',
        user: { name: 'Benjamin' },
        type: 'hotp',
        algorithm: 'SHA256',
        digits: 7,
        counter: 50,
      },
      { secret: 'sha256:2270a9a394ca', user: { name: 'Elijah' }, algorithm: 'SHA512', digits: 8, period: 50 },
      { problem: 'steam', field: '', user: { name: 'Sophia' } },
      { secret: 'sha256:92e0b3a1a5e5', user: { name: 'Mason' } },
      { secret: 'sha256:b73b3b503b9a', user: { name: 'James' }, type: 'hotp', counter: 1 },
      { secret: 'sha256:3261652d6c57', user: { name: 'James' }, algorithm: 'SHA256', digits: 7, period: 20 },
      {
        secret: 'sha256:311c270d0815',
        user: { name: 'Mason' },
        type: 'hotp',
        algorithm: 'SHA512',
        digits: 8,
        counter: 10300,
      },
    ],
  },
  {
    file: 'google-ios-uris.txt',
    source: 'otpauth',
    expected: [
      { problem: 'no_secret', field: 'secret', user: { name: 'Léon' } },
      { problem: 'missing', field: 'counter', user: { name: 'Léon' } },
      { problem: 'unsupported_type', field: 'type' },
      { problem: 'no_secret', field: 'secret', user: { name: 'bar' } },
      { problem: 'period_out_of_range', field: 'period', user: { name: 'bar' } },
      { problem: 'missing', field: 'counter', user: { name: 'bar' } },
      { problem: 'unsupported_algorithm', field: 'algorithm', user: { name: 'bar' } },
      { problem: 'digits_out_of_range', field: 'digits', user: { name: 'bar' } },
    ],
  },
  { file: 'hectorm-uris.txt', source: 'otpauth', counts: { entries: 74, problems: 16 } },
  {
    // Its secrets have 35 bits, but for the last of its app.
    file: 'stratum-valid-uris.txt',
    source: 'otpauth',
    counts: { problems: 29 },
    expected: [
      { problem: 'too_short', field: 'secret', user: { name: 'username@test' }, item: 4 },
      { problem: 'missing', field: 'counter', user: { name: 'issuer' }, item: 9 },
      { problem: 'steam', field: '', user: { name: 'username' }, item: 26 },
      { problem: 'steam', field: '', user: { name: 'SteamAccount' }, item: 27 },
      { problem: 'not_oath', field: '', user: { name: 'username' }, item: 28 },
      { problem: 'motp', field: '', item: 29 },
    ],
  },
];
