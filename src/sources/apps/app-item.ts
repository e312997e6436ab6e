import { FactorportError } from '../../errors/error.ts';
import type { Reason } from '../../import/reasons.ts';
import type { LocalText } from '../../language.ts';
import { type FieldNames, type Registration, toSourceItem } from '../registration.ts';
import type { Place, SourceItem, SourceUser } from '../source.ts';

/** An object of a JSON file. */
export type Json = Readonly<Record<string, unknown>>;

/** An account as an authenticator app stores it. */
export type AppAccount = Pick<
  Registration,
  'place' | 'secret' | 'type' | 'algorithm' | 'digits' | 'periodSeconds' | 'counter'
> & {
  /** Who the account is of; the issuer is where it is an account, and no user. */
  readonly account: unknown;
};

const REFUSED_TYPES: ReadonlyMap<string, Reason> = new Map<string, Reason>([
  ['STEAM', 'steam'],
  ['MOTP', 'motp'],
  ['YANDEX', 'not_oath'],
  ['YAOTP', 'not_oath'],
]);

/** Checks an account of an app. The types that are not OATH are refused by their names; a period that is not said is noted. */
export function readAppAccount(account: AppAccount, names: FieldNames): SourceItem {
  const { place, type } = account;
  const user = userOf(account.account);
  const refused = refusalOf(type);
  if (refused !== undefined) return refuseAccount(place, user, names.type ?? 'type', refused);
  const isPeriodUnknown = String(type).trim().toLowerCase() === 'totp' && (account.periodSeconds ?? '') === '';
  return toSourceItem({ ...account, user, notes: isPeriodUnknown ? ['period_unknown'] : undefined }, names);
}

export function refuseAccount(place: Place, user: SourceUser, field: string, reason: Reason): SourceItem {
  return { kind: 'problem', problem: { place, user, field, reason } };
}

/** The name of an account; of which kind it is, apps do not say. */
export function userOf(account: unknown): SourceUser {
  return typeof account === 'string' && account.trim() !== '' ? { name: account } : {};
}

/** @returns the member as an object; an empty one where it is none, whose members are then missing */
export function objectIn(object: Json, name: string): Json {
  const value = object[name];
  return isObject(value) ? value : {};
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws `source_not_this_format` where a list should be */
export function listOf(value: unknown, format: string): readonly unknown[] {
  if (!Array.isArray(value)) throw notThisFormat(format);
  return value;
}

export function notThisFormat(format: string): FactorportError {
  return new FactorportError('source_not_this_format', { parameters: { format } });
}

const PASSWORD: LocalText = { en: 'the password that the export was made with', zh: '导出时设置的密码' };

/** @throws `source_secret_needed` */
export function passwordOf(secret: string | undefined): string {
  if (secret === undefined || secret === '') {
    throw new FactorportError('source_secret_needed', { parameters: { what: PASSWORD } });
  }
  return secret;
}

export function wrongPassword(): FactorportError {
  return new FactorportError('source_secret_wrong', { parameters: { what: PASSWORD } });
}

/** The part of a file that is encrypted is not what the product writes. */
export function damagedSeal(): FactorportError {
  return new FactorportError('source_damaged', {
    parameters: {
      place: { en: 'its encrypted part', zh: '加密部分' },
      what: { en: 'something of it is missing or was changed', zh: '内容缺失或已被改动' },
    },
  });
}

function refusalOf(type: unknown): Reason | undefined {
  if (type === undefined || type === null || type === '') return 'missing';
  return typeof type === 'string' ? REFUSED_TYPES.get(type.trim().toUpperCase()) : 'wrong_type';
}
