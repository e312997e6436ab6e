import type { Reason } from '../import/reasons.ts';
import { type LdifRecord, type LdifValue, readLdif } from './input/ldif.ts';
import { isNotZero } from './json-object.ts';
import { decodeBase64, type FieldNames, type Registration, toSourceItem } from './registration.ts';
import type { Place, Recognition, Signs, Source, SourceItem, SourceUser } from './source.ts';

const NAMES: FieldNames = {
  secret: 'ipatokenOTPkey',
  type: 'objectClass',
  algorithm: 'ipatokenOTPalgorithm',
  digits: 'ipatokenOTPdigits',
  period: 'ipatokenTOTPtimeStep',
  counter: 'ipatokenHOTPcounter',
};

/** Attributes of which a token has one (SINGLE-VALUE in its schema): of two it could not be known which is meant. */
const SINGLE = [
  'dn',
  'ipatokenotpkey',
  'ipatokenotpalgorithm',
  'ipatokenotpdigits',
  'ipatokentotptimestep',
  'ipatokenhotpcounter',
  'ipatokenowner',
];
/** A token is not accepted before and after; a factor has no place for that. */
const LIMITS = ['ipatokennotbefore', 'ipatokennotafter'];

/**
 * Tokens of FreeIPA from its directory, as LDIF. The key is an octet string, so base64 in LDIF (`::`) is that of the bytes.
 */
export const freeipa: Source = {
  name: 'freeipa',
  title: { en: 'FreeIPA tokens (LDIF)', zh: 'FreeIPA 令牌（LDIF）' },
  howToExport: {
    en: 'Only the Directory Manager can read the keys: `ldapsearch -o ldif-wrap=no -LLL -x -D "cn=Directory Manager" -W -b cn=otp,dc=example,dc=com "(objectClass=ipaToken)" > tokens.ldif`',
    zh: '仅 Directory Manager 可读取密钥：`ldapsearch -o ldif-wrap=no -LLL -x -D "cn=Directory Manager" -W -b cn=otp,dc=example,dc=com "(objectClass=ipaToken)" > tokens.ldif`',
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
  if (text === undefined || !/^(#[^\n]*\n|version:[^\n]*\n|\s)*dn::? ?\S/i.test(text)) return undefined;
  const isSure = /^(ipatoken(otpkey|uniqueid)|objectclass: *ipatoken)/im.test(text);
  return {
    certainty: isSure ? 'sure' : 'possible',
    because: isSure
      ? { en: 'it is LDIF with attributes "ipatoken…"', zh: '是包含“ipatoken…”属性的 LDIF' }
      : { en: 'it is LDIF', zh: '是 LDIF' },
  };
}

function readToken({ attributes, line, isWhole }: LdifRecord, place: Place): SourceItem {
  const first = (name: string): LdifValue | undefined => attributes.get(name.toLowerCase())?.[0];
  const text = (name: string): string | undefined => textOf(first(name));
  const classes = (attributes.get('objectclass') ?? []).map((value) => textOf(value)?.toLowerCase());
  const user = userOf(text('ipatokenOwner'));
  const serial = text('ipatokenSerial');
  const refuse = (field: string, reason: Reason): SourceItem => ({
    kind: 'problem',
    problem: { place, user, serial, field, reason },
  });
  const isTwice = SINGLE.some((name) => (attributes.get(name)?.length ?? 0) > 1);
  if (!isWhole || isTwice || !attributes.has('dn')) return refuse('', 'row_damaged');
  const isToken = classes.some((name) => name?.startsWith('ipatoken') && !name.startsWith('ipatokenradius'));
  if (!isToken && !attributes.has('ipatokenotpkey')) return { kind: 'nothing', place: { ...place, line } };
  if (text('ipatokenDisabled')?.toUpperCase() === 'TRUE') return refuse('ipatokenDisabled', 'disabled');
  const offset = text('ipatokenTOTPclockOffset');
  if (isNotZero(offset)) return refuse('ipatokenTOTPclockOffset', 'clock_offset');
  const secret = keyOf(first('ipatokenOTPkey'));
  if (typeof secret === 'string') return refuse(NAMES.secret, secret);
  return toSourceItem(
    {
      place,
      user,
      serial,
      secret,
      type: typeOf(classes),
      algorithm: present(text('ipatokenOTPalgorithm')),
      digits: present(text('ipatokenOTPdigits')),
      periodSeconds: present(text('ipatokenTOTPtimeStep')),
      counter: present(text('ipatokenHOTPcounter')),
      notes: LIMITS.some((name) => attributes.has(name)) ? ['usage_limits_lost'] : undefined,
    },
    NAMES,
  );
}

/**
 * Of a plain value the characters are the key, as for every octet string. Yet some tools print the key's base64 that way,
 * and then both readings are possible.
 */
function keyOf(value: LdifValue | undefined): Registration['secret'] | Reason {
  if (value === undefined) return 'no_secret';
  if (value.kind === 'base64') return { text: value.text, encoding: 'base64' };
  if (value.kind === 'url') return 'no_secret';
  return typeof decodeBase64(value.text) === 'string' ? { text: value.text, encoding: 'text' } : 'ambiguous_encoding';
}

function typeOf(classes: readonly (string | undefined)[]): string {
  const types = ['totp', 'hotp'].filter((type) => classes.includes(`ipatoken${type}`));
  return types.length === 1 ? (types[0] as string) : 'unknown';
}

/** The value of `uid` in the owner's distinguished name (RFC 4514); the whole name where it has none. */
function userOf(owner: string | undefined): SourceUser {
  if (owner === undefined || owner === '') return {};
  const uid = /^uid=((?:[^,+\\]|\\.)+)/i.exec(owner)?.[1];
  if (uid === undefined) return { name: owner };
  return { username: uid.replace(/((?:\\[0-9a-f]{2})+)|\\(.)/gi, decodeEscape) };
}

/** Bytes of UTF-8 in hex, or a character that would mean something else without its backslash. */
function decodeEscape(_: string, bytes: string | undefined, character: string): string {
  return bytes === undefined ? character : Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString('utf8');
}

function textOf(value: LdifValue | undefined): string | undefined {
  if (value === undefined || value.kind === 'url') return undefined;
  return value.kind === 'text' ? value.text : Buffer.from(value.text, 'base64').toString('utf8');
}

/** An attribute that is there without a value is not understood, so its default must not take its place. */
function present(text: string | undefined): string | undefined {
  return text === '' ? 'empty' : text;
}
