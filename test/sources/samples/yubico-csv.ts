import type { ExpectedEntry, ExpectedItem } from '../support/cases.ts';
import type { Sample } from '../support/samples.ts';

const hotp = (secret: string, more: Partial<ExpectedEntry> = {}): ExpectedItem => ({ secret, type: 'hotp', ...more });
const notOath = (count: number) => Array.from({ length: count }, () => ({ problem: 'not_oath', field: '' }) as const);

export const samples: readonly Sample[] = [
  {
    file: 'linotp-yubi_tokens.csv',
    source: 'yubico',
    expected: [
      ...notOath(5),
      hotp('sha256:4582729e5cb1'),
      ...notOath(1),
      hotp('sha256:3618496e4f9c'),
      hotp('sha256:10fb4dc3ee06'),
      ...notOath(5),
    ],
  },
  { file: 'linotp-yubi_chall_tokens.csv', source: 'yubico', expected: notOath(3) },
  {
    file: 'privacyidea-yubico-oath.csv',
    source: 'yubico',
    expected: [
      hotp('sha256:4582729e5cb1'),
      hotp('sha256:0d3bc6067a98', { serial: '508327' }),
      hotp('sha256:2dde3851e295', { serial: '1382042' }),
    ],
  },
];
