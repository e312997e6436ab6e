import { readTable, type Sample } from '../support/samples.ts';

const TABLE = readTable('EXPECTED-ga-migration.tsv');

export const samples: readonly Sample[] = [
  ...['scito-example_export_only_totp.txt', 'scito-plus_problem.txt'].map((file) => ({
    file,
    source: 'google-authenticator',
    expected: TABLE.filter((row) => row.file === file).map((row) => ({
      secret: row.secret_base32 ?? '',
      user: { name: (row.name ?? '').replace(new RegExp(`^${row.issuer || '[^]{999}'}:`), '') },
      notes: ['period_unknown'] as const,
      line: Number(row.line),
    })),
  })),
  {
    // KeePass's table of the same five keys.
    file: 'scito-keepass.totp.csv',
    source: 'csv',
    expected: TABLE.slice(0, 5).map((row) => ({
      secret: row.secret_base32 ?? '',
      user: { username: row.name ?? '' },
    })),
  },
  { file: 'scito-empty_file.txt', refused: 'source_empty' },
  { file: 'scito-wrong_content.txt', refused: 'source_unknown' },
  { file: 'scito-wrong_prefix.txt', refused: 'source_unknown' },
];
