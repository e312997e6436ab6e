import type { Reason } from '../import/reasons.ts';
import type { TextParameters } from '../language.ts';
import { readKeyUri } from './key-uri-item.ts';
import { type FieldNames, type Registration, toSourceItem } from './registration.ts';
import type { Place, SourceItem, SourceUser } from './source.ts';

/** One authenticator of a user as the format has it, or why it cannot be had. */
export type UserFactor =
  | {
      readonly factor: Omit<Registration, 'place' | 'user' | 'recoveryCodes' | 'notes'>;
      readonly names: FieldNames;
    }
  /** Written as a key URI; `field` is where it stands, `codesField` where the recovery codes do. */
  | { readonly keyUri: unknown; readonly field: string; readonly codesField: string }
  | { readonly field: string; readonly reason: Reason; readonly parameters?: TextParameters };

/** What is the user's and not one authenticator's. */
export interface UserCodes {
  readonly recoveryCodes?: readonly unknown[] | undefined;
  readonly notes?: readonly Reason[] | undefined;
}

/**
 * Makes the items of a user, in the order of the authenticators. The first that can be imported has the recovery codes,
 * because they are given once and to the user. Without any authenticator there is nothing to import.
 */
export function toUserItems(
  user: SourceUser,
  nextPlace: () => Place,
  factors: readonly UserFactor[],
  codes: UserCodes = {},
): readonly SourceItem[] {
  if (factors.length === 0) return [{ kind: 'nothing', place: nextPlace() }];
  let hasEntry = false;
  return factors.map((factor) => {
    const item = toUserItem(user, nextPlace(), factor, hasEntry ? {} : codes);
    hasEntry ||= item.kind === 'entry';
    return item;
  });
}

function toUserItem(user: SourceUser, place: Place, given: UserFactor, codes: UserCodes): SourceItem {
  if ('reason' in given) return { kind: 'problem', problem: { place, user, ...given } };
  if ('factor' in given) return toSourceItem({ ...given.factor, place, user, ...codes }, given.names);
  const { keyUri, field, codesField } = given;
  if (keyUri === undefined || keyUri === null || keyUri === '') return userProblem(user, place, field, 'no_secret');
  if (typeof keyUri !== 'string') return userProblem(user, place, field, 'wrong_type');
  const item = readKeyUri(keyUri.trim(), { place, user, ...codes }, field);
  if (item.kind !== 'problem') return item;
  const { problem } = item;
  return { ...item, problem: { ...problem, field: problem.field === 'recovery_codes' ? codesField : field } };
}

/** A problem with a user as a whole. */
export function userProblem(user: SourceUser, place: Place, field: string, reason: Reason): SourceItem {
  return { kind: 'problem', problem: { place, user, field, reason } };
}
