import type { Abilities, GeneratedFormat } from '../format.ts';
import type { Row } from '../rows.ts';
import { algorithmText, digitsOf, secretText, toBase32 } from '../secret-text.ts';

const ABILITIES: Abilities = {
  hotp: true,
  parameters: true,
  recoveryCodes: true,
  faults: {
    bad_secret: 'not_base32',
    too_short: 'too_short',
    no_secret: 'missing',
    unsupported_algorithm: 'unsupported_algorithm',
    unknown_digits: 'digits_out_of_range',
    duplicate_user: 'duplicate_user',
  },
};

/** The body of `import-otp`. A damaged item would spoil the document, so there is none. */
export const authing: GeneratedFormat = {
  name: 'authing',
  title: { en: 'Authing, one document: {"list": […]}', zh: 'Authing，单个文档：{"list": […]}' },
  abilities: ABILITIES,
  head: '{"list":[\n',
  separator: ',\n',
  tail: '\n]}\n',
  row: item,
};

/** The same items, one a line. */
export const ndjson: GeneratedFormat = {
  name: 'ndjson',
  title: { en: 'Authing items, one a line', zh: 'Authing 项，每行一个' },
  abilities: { ...ABILITIES, faults: { ...ABILITIES.faults, damaged: 'row_damaged' } },
  head: '',
  separator: '\n',
  tail: '\n',
  row: (row) => (row.fault === 'damaged' ? item(row).slice(0, 40) : item(row)),
};

/** `ImportOtpItemDto`; parameters stand only where they are not the usual ones, as products write it. */
function item(row: Row): string {
  const secret = secretText(row, toBase32);
  const isHotp = row.type === 'hotp';
  let otp = secret === undefined ? '' : `,"secret":"${secret}"`;
  if (row.recoveryCodes.length === 1) otp += `,"recoveryCode":"${row.recoveryCodes[0]}"`;
  if (row.recoveryCodes.length > 1) otp += `,"recoveryCodes":["${row.recoveryCodes.join('","')}"]`;
  if (isHotp) otp += `,"type":"hotp","counter":${row.counter}`;
  if (algorithmText(row) !== 'SHA1') otp += `,"algorithm":"${algorithmText(row)}"`;
  if (digitsOf(row) !== 6) otp += `,"digits":${digitsOf(row)}`;
  if (!isHotp && row.periodSeconds !== 30) otp += `,"period":${row.periodSeconds}`;
  return `{"userId":${JSON.stringify(row.userId)},"otp":{${otp.slice(1)}}}`;
}
