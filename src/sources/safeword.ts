import type { Reason } from '../import/reasons.ts';
import { type LdifRecord, readLdif } from './input/ldif.ts';
import { type FieldNames, toSourceItem } from './registration.ts';
import type { Place, Recognition, Signs, Source, SourceItem } from './source.ts';

const NAMES: FieldNames = {
  secret: 'sccTokenData.sccKey',
  type: 'sccTokenData.sccMode',
  digits: 'sccTokenData.sccPwLen',
  period: 'sccTokenData.sccTick',
};
const TYPES: ReadonlyMap<string, string> = new Map([
  ['E', 'hotp'],
  ['T', 'totp'],
]);

/**
 * Seed files of SafeWord: LDIF in which `sccTokenData` holds the key in hex and its parameters. The tokens are as they leave
 * the factory, so those that count events begin at 0.
 */
export const safeword: Source = {
  name: 'safeword',
  title: { en: 'SafeWord seed file (.dat)', zh: 'SafeWord 种子文件（.dat）' },
  howToExport: {
    en: 'The file of authenticator records (`importAlpine.dat`) that came with the tokens. It has no users; add them with --users.',
    zh: '随令牌提供的记录文件（`importAlpine.dat`）。其中没有用户，请用 --users 补充。',
  },
  recognise,
  async *read(input) {
    let item = 0;
    for await (const records of readLdif(input)) {
      yield records.map((record) => readToken(record, { item: ++item, line: record.line }));
    }
  },
};

function recognise({ text }: Signs): Recognition | undefined {
  if (text === undefined || !/^(#.*\r?\n|\s)*dn: *sccAuthenticatorId=/i.test(text)) return undefined;
  return {
    certainty: 'sure',
    because: { en: 'its records are named "sccAuthenticatorId"', zh: '记录以“sccAuthenticatorId”命名' },
  };
}

function readToken({ attributes, isWhole }: LdifRecord, place: Place): SourceItem {
  const text = (name: string): string | undefined => attributes.get(name)?.[0]?.text;
  const serial = text('sccauthenticatorid');
  const data = text('scctokendata');
  const refuse = (field: string, reason: Reason): SourceItem => {
    return { kind: 'problem', problem: { place, user: {}, serial, field, reason } };
  };
  if (!isWhole || serial === undefined) return refuse('', 'row_damaged');
  if (data === undefined) return refuse('sccTokenData', 'no_secret');
  const fields = new Map(data.split(';').map((field) => splitField(field)));
  return toSourceItem(
    {
      place,
      user: {},
      serial,
      secret: { text: fields.get('sccKey'), encoding: 'hex' },
      type: TYPES.get(fields.get('sccMode') ?? '') ?? 'unknown',
      digits: fields.get('sccPwLen') ?? 'missing',
      periodSeconds: fields.get('sccTick') ?? 'missing',
      counter: 0,
    },
    NAMES,
  );
}

function splitField(field: string): readonly [name: string, value: string] {
  const [name = '', value = ''] = field.split('=', 2);
  return [name.trim(), value.trim()];
}
