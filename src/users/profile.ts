import type { UserTable } from '../store/schema.ts';

/** A user as callers give and get it: the members that the v3 document names. */
export type Profile = Readonly<Record<string, unknown>>;

export const USER_STATUSES = ['Suspended', 'Resigned', 'Activated', 'Archived', 'Deactivated'] as const;

/** Members that hold a text; kept as they come. */
export const TEXT_MEMBERS = [
  'email',
  'phone',
  'phoneCountryCode',
  'username',
  'externalId',
  'name',
  'nickname',
  'photo',
  'birthdate',
  'country',
  'province',
  'city',
  'address',
  'streetAddress',
  'postalCode',
  'company',
  'browser',
  'device',
  'givenName',
  'familyName',
  'middleName',
  'profile',
  'preferredUsername',
  'website',
  'zoneinfo',
  'locale',
  'formatted',
  'region',
  'identityNumber',
] as const;

export const FLAG_MEMBERS = ['emailVerified', 'phoneVerified'] as const;
export const LIST_MEMBERS = ['tenantIds', 'departmentIds'] as const;
export const OBJECT_MEMBERS = ['customData', 'metadataSource', 'metadata'] as const;

/** Taken so that clients need not change, and thrown away: this service keeps no passwords and no tokens of others. */
export const DISCARDED_MEMBERS = ['password', 'salt'] as const;
const DISCARDED_IDENTITY_MEMBERS = new Set(['accessToken', 'refreshToken']);

export interface ReturnedParts {
  readonly customData?: boolean | undefined;
  readonly identities?: boolean | undefined;
  readonly departmentIds?: boolean | undefined;
}

/**
 * Merges what a caller gives into what is kept. `null` takes a member away.
 *
 * @returns the members to keep, without what is never kept
 */
export function mergeProfile(kept: Profile, given: Profile): Profile {
  const merged = new Map(Object.entries(kept));
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || (DISCARDED_MEMBERS as readonly string[]).includes(name)) continue;
    if (value === null) merged.delete(name);
    else merged.set(name, name === 'identities' ? withoutTokens(value as Profile[]) : value);
  }
  return Object.fromEntries(merged);
}

/** The `UserDto` of the v3 document. Custom data, identities and departments come only when asked for, as documented. */
export function toUserDto(row: UserTable, parts: ReturnedParts): Profile {
  const { customData, identities, departmentIds, ...members } = JSON.parse(row.profile) as Record<string, unknown>;
  return {
    gender: 'U',
    emailVerified: false,
    phoneVerified: false,
    ...members,
    userId: row.user_id,
    status: row.status,
    workStatus: 'Active',
    userSourceType: 'adminCreated',
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
    ...(parts.customData ? { customData: customData ?? {} } : {}),
    ...(parts.identities ? { identities: identities ?? [] } : {}),
    ...(parts.departmentIds ? { departmentIds: departmentIds ?? [] } : {}),
  };
}

function withoutTokens(identities: readonly Profile[]): Profile[] {
  return identities.map((identity) =>
    Object.fromEntries(Object.entries(identity).filter(([name]) => !DISCARDED_IDENTITY_MEMBERS.has(name))),
  );
}
