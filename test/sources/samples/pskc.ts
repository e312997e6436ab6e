import type { SourceOptions } from '../../../src/sources/source.ts';
import type { ExpectedEntry, ExpectedItem, ExpectedProblem } from '../support/cases.ts';
import { readTable, type Sample } from '../support/samples.ts';

/*
 * What another program has read of each file stands in EXPECTED-pskc.tsv. Where it is not taken here, the reason is beside it:
 * check digits, alphanumeric codes and policies that are not known are refused, as formats.md §3 and RFC 6030 §5 ask.
 */
const EXPECTED = readTable('EXPECTED-pskc.tsv');
const NOTES = readTable('SOURCES.tsv');

/** The key that the list of samples names for a file. */
function keyOf(file: string): SourceOptions {
  const notes = NOTES.find((row) => row.file === `samples/pskc/${file}`)?.notes ?? '';
  return { secret: /\b(?:key|KEK|hex) ([0-9a-f]{32,})/.exec(notes)?.[1] };
}

/** What the table does not say of an entry. */
type Difference = Partial<ExpectedEntry> | ExpectedProblem;

/** The rows of a file in their order, each with what is more to say, or with the problem in its place. */
function rows(file: string, ...differences: readonly Difference[]): ExpectedItem[] {
  const found = EXPECTED.filter((row) => row.file === file);
  return found.map((row, index): ExpectedItem => {
    const difference = differences[index] ?? {};
    const serial = present(row.serial);
    const users = (row['userid(device|key)'] ?? '').split('|');
    const id = present(users[1]) ?? present(users[0]);
    const name = /UID=([^,]+)/.exec(id ?? '')?.[1] ?? id;
    const whose = { ...(serial === undefined ? {} : { serial }), ...(id === undefined ? {} : { user: { id, name } }) };
    if (isProblem(difference)) return { ...whose, ...difference };
    const type = /totp/.test(row.algorithm ?? '') ? ('totp' as const) : ('hotp' as const);
    return {
      ...whose,
      secret: row.secret_base32 ?? '',
      type,
      digits: Number(present(row.digits) ?? 6),
      counter: Number(present(row.counter) ?? 0),
      ...difference,
    };
  });
}

function isProblem(difference: Difference): difference is ExpectedProblem {
  return 'problem' in difference;
}

function present(cell: string | undefined): string | undefined {
  return cell === undefined || cell === '' || cell === 'None' ? undefined : cell;
}

const ASSUMED = { assume: { type: 'totp' } } as const;
/** A key without algorithm, of which the operator has said the type. */
const TOTP = { type: 'totp', notes: ['period_unknown'] } as const;
const LIMITED = { notes: ['usage_limits_lost'] } as const;
const NO_OTP: ExpectedProblem = { problem: 'not_oath', field: 'Key/@Algorithm' };
const SHORT: ExpectedProblem = { problem: 'too_short', field: 'Data/Secret' };
const CHECK_DIGITS = unsupported('ResponseFormat/@CheckDigits', 'codes with a check digit', '带校验位的验证码');
const POLICY = unsupported('Policy', 'a policy that is not known', '未知的使用策略');

function unsupported(field: string, en: string, zh: string): ExpectedProblem {
  return { problem: 'unsupported_token', field, parameters: { what: { en, zh } } };
}

function plain(file: string, ...differences: readonly Difference[]): Sample {
  return { file, source: 'pskc', expected: rows(file, ...differences) };
}

export const samples: readonly Sample[] = [
  { file: 'actividentity.pskcxml', source: 'pskc', refused: 'source_unsupported' },
  { file: 'draft-hoyer-01-password-encrypted.pskcxml', source: 'pskc', refused: 'source_unsupported' },
  plain('alg-profile-totp.pskcxml'),
  { ...plain('draft-ietf-02-figure5.pskcxml', { notes: ['mac_absent'] }), options: { secret: 'qwerty' } },
  plain('draft-ietf-02-figure9.pskcxml', LIMITED, LIMITED, LIMITED, LIMITED),
  ...['enc-aes256-cbc.pskcxml', 'enc-kw-aes128.pskcxml', 'enc-no-mac-key.pskcxml'].map((file) => ({
    ...plain(file, TOTP),
    options: { ...keyOf(file), ...ASSUMED },
  })),
  {
    ...plain('enc-kw-camellia192.pskcxml', unsupported('Data/Secret', 'Camellia encryption', 'Camellia 加密')),
    options: { secret: '00'.repeat(24), ...ASSUMED },
  },
  plain('freeipa-full.xml', CHECK_DIGITS),
  plain('freeipa-pskc-figure5.xml', {}, NO_OTP),
  { file: 'freeipa-pskc-invalid.xml', refused: 'source_unknown' },
  ...['invalid-mac-algorithm.pskcxml', 'invalid-no-mac-method.pskcxml'].map((file) => ({
    ...plain(file, { problem: 'mac_unsupported', field: 'Data/Secret' }),
    options: keyOf('rfc6030-figure6.pskcxml'),
  })),
  { file: 'invalid-notxml.pskcxml', refused: 'source_unknown' },
  { file: 'libpskc-pskc-figure6-debug.txt', refused: 'source_unknown' },
  { file: 'libpskc-pskc-mini.xml', source: 'pskc', expected: ['nothing'] },
  {
    ...plain(
      'misc-checkdigits.pskcxml',
      TOTP,
      CHECK_DIGITS,
      CHECK_DIGITS,
      unsupported('ResponseFormat/@Encoding', 'codes that are not of decimal digits', '非十进制数字的验证码'),
    ),
    options: ASSUMED,
  },
  plain('misc-policy.pskcxml', LIMITED, POLICY, POLICY, POLICY, NO_OTP),
  plain('oathtk-pskc-all-signed.xml', CHECK_DIGITS),
  plain('oathtk-pskc-figure3.xml'),
  { ...plain('oathtk-pskc-figure7.xml'), options: { secret: 'qwerty' } },
  plain('oathtk-pskc-ns.xml', SHORT),
  { ...plain('pskc-hotp-aes.txt'), options: keyOf('pskc-hotp-aes.txt') },
  plain('rfc6030-figure10.pskcxml', LIMITED, LIMITED, LIMITED, LIMITED),
  plain('rfc6030-figure2.pskcxml', SHORT),
  plain('rfc6030-figure3.pskcxml'),
  plain('rfc6030-figure4.pskcxml', { problem: 'no_secret', field: 'Data/Secret' }),
  plain('rfc6030-figure5.pskcxml', {}, NO_OTP),
  { ...plain('rfc6030-figure6.pskcxml'), options: keyOf('rfc6030-figure6.pskcxml') },
  { ...plain('rfc6030-figure7.pskcxml'), options: { secret: 'qwerty' } },
  { file: 'rfc6030-figure8.pskcxml', source: 'pskc', refused: 'source_private_key' },
  plain('rfc6030-figure9.pskcxml'),
  plain('tokens_ocra_pbe.pskc', { problem: 'ocra', field: 'Key/@Algorithm' }),
  plain('yubico-aes-example2.pskcxml', NO_OTP, NO_OTP),
];
