import type { Reason } from '../import/reasons.ts';
import type { TextParameters } from '../language.ts';
import { type FieldNames, type Registration, toSourceItem } from './registration.ts';
import type { Place, SourceItem, SourceUser } from './source.ts';

/** One authenticator of a user as the format has it, or why it cannot be had. */
export type UserFactor =
  | {
      readonly factor: Omit<Registration, 'place' | 'user' | 'recoveryCodes' | 'notes'>;
      readonly names: FieldNames;
    }
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
  return factors.map((one): SourceItem => {
    const place = nextPlace();
    if ('reason' in one) return { kind: 'problem', problem: { place, user, ...one } };
    const item = toSourceItem({ ...one.factor, place, user, ...(hasEntry ? {} : codes) }, one.names);
    if (item.kind === 'entry') hasEntry = true;
    return item;
  });
}

/** A problem with a user as a whole. */
export function userProblem(user: SourceUser, place: Place, field: string, reason: Reason): SourceItem {
  return { kind: 'problem', problem: { place, user, field, reason } };
}
