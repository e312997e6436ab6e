import type { SourceUser } from '../../sources/source.ts';
import type { MatchType } from './job.ts';

/**
 * The name of a user that a job looks for by its way of matching. A name of which the file does not say what it is serves
 * for each.
 */
export function nameOf(user: SourceUser, match: MatchType): string | undefined {
  const name = namesByType(user)[match] ?? user.name;
  return name === undefined || name === '' ? undefined : name;
}

function namesByType({
  id,
  externalId,
  username,
  email,
  phone,
}: SourceUser): Readonly<Record<MatchType, string | undefined>> {
  return { user_id: id, external_id: externalId ?? id, username, email, phone };
}
