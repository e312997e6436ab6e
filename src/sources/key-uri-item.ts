import type { Reason } from '../import/reasons.ts';
import { type KeyUriParts, splitKeyUri } from '../otp/key-uri.ts';
import { type FieldNames, type Registration, toSourceItem } from './registration.ts';
import type { SourceItem } from './source.ts';

/** What stands around a key URI in its file; the user is taken from the label where none is given. */
export type AroundKeyUri = Pick<Registration, 'place' | 'serial' | 'recoveryCodes' | 'checkCode' | 'notes'> & {
  readonly user?: Registration['user'];
};

const QUERY_NAMES: FieldNames = { secret: 'secret', algorithm: 'algorithm', digits: 'digits', period: 'period' };

/**
 * Reads a key URI as products write it: also `totp://host?secret=…`, the scheme of old BlackBerry apps, and with a `#` or
 * spaces that are not encoded.
 *
 * @param text without space around it
 * @param field where it stands, for problems that are not about one of its parameters
 */
export function readKeyUri(text: string, around: AroundKeyUri, field = ''): SourceItem {
  const parts = splitKeyUri(normalise(text));
  const user = around.user ?? userOf(parts);
  const refuse = (reason: Reason, where = field): SourceItem => {
    return { kind: 'problem', problem: { place: around.place, user, serial: around.serial, field: where, reason } };
  };
  const foreign = foreignScheme(text);
  if (foreign !== undefined) return refuse(foreign);
  if (parts === undefined || parts.label === undefined) return refuse('not_key_uri');
  const other = otherMechanism(parts);
  if (other !== undefined) return refuse(other);
  const { type, query } = parts;
  return toSourceItem(
    {
      ...around,
      user,
      type,
      secret: { text: query.get('secret'), encoding: 'base32' },
      algorithm: given(query, 'algorithm'),
      digits: given(query, 'digits'),
      periodSeconds: given(query, 'period'),
      counter: given(query, 'counter'),
    },
    QUERY_NAMES,
  );
}

/** In a key URI `#` begins no fragment: exporters leave it as it is in names, and what follows it counts. */
function normalise(text: string): string {
  return text.replace(/^(totp|hotp):\/\//i, 'otpauth://$1/').replaceAll('#', '%23');
}

/** A parameter that is there and empty is not absent: its default would not be what was meant. */
function given(query: KeyUriParts['query'], name: string): string | undefined {
  const value = query.get(name);
  return value?.trim() === '' ? 'empty' : value;
}

/** The account is what follows the issuer, which may itself hold colons where the query repeats it. */
function userOf(parts: KeyUriParts | undefined): Registration['user'] {
  if (parts?.label === undefined) return {};
  const { issuer: prefix, account: rest } = parts.label;
  const label = prefix === undefined ? rest : `${prefix}:${rest}`;
  const issuer = parts.query.get('issuer') ?? '';
  const account = issuer !== '' && label.startsWith(`${issuer}:`) ? label.slice(issuer.length + 1) : rest;
  const name = account.trim();
  return name === '' ? {} : { name };
}

function foreignScheme(text: string): Reason | undefined {
  if (/^steam:\/\//i.test(text)) return 'steam';
  return /^motp:\/\//i.test(text) ? 'motp' : undefined;
}

/** Steam's codes are letters, whatever the type says; Aegis, Ente and Steam itself each mark them in another way. */
function otherMechanism({ type, label, query }: KeyUriParts): Reason | undefined {
  const issuer = query.get('issuer') ?? label?.issuer ?? '';
  const isSteam =
    query.has('steam') || query.get('encoder')?.toLowerCase() === 'steam' || /^\s*steam\s*$/i.test(issuer);
  if (type === 'steam' || isSteam) return 'steam';
  if (type === 'motp') return 'motp';
  if (type === 'ocra') return 'ocra';
  return type === 'yaotp' || type === 'yandex' ? 'not_oath' : undefined;
}
