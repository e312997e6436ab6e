import { normaliseIdentifier, normalisePhone } from '../identifiers.ts';
import { type IdentifierType, SHARED_IDENTIFIER_TYPES, type UserIdentifierTable } from '../store/schema.ts';
import type { Profile } from './profile.ts';

export type { IdentifierType };

export const USER_ID_TYPES = [
  'user_id',
  'external_id',
  'phone',
  'email',
  'username',
  'identity',
  'sync_relation',
  'custom_field',
] as const;
export type UserIdType = (typeof USER_ID_TYPES)[number];

/** Longer values are kept, but nobody looks a user up by an essay, and an index takes no more. */
const MAXIMUM_CUSTOM_FIELD_LENGTH = 512;

/** Every identifier by which a user with this profile can be named. */
export function identifiersOf(poolId: string, userId: string, profile: Profile): UserIdentifierTable[] {
  const values = new Map<string, { type: IdentifierType; value: string }>();
  const add = (type: IdentifierType, value: unknown) => {
    if (typeof value !== 'string' || value === '') return;
    values.set(JSON.stringify([type, value]), { type, value });
  };
  add('external_id', profile.externalId);
  add('username', profile.username);
  if (typeof profile.email === 'string') add('email', normaliseIdentifier('email', profile.email));
  if (typeof profile.phone === 'string') {
    add('phone', normalisePhone(profile.phone, profile.phoneCountryCode as string | undefined));
  }
  for (const identity of (profile.identities as Profile[] | undefined) ?? []) {
    add('identity', `${identity.extIdpId}:${identity.userIdInIdp}`);
    add('sync_relation', `${identity.provider}:${identity.userIdInIdp}`);
  }
  for (const [name, value] of Object.entries((profile.customData as Profile | undefined) ?? {})) {
    const text = `${name}:${value}`;
    const isScalar = typeof value === 'string' || typeof value === 'number';
    if (isScalar && text.length <= MAXIMUM_CUSTOM_FIELD_LENGTH) add('custom_field', text);
  }
  return [...values.values()].map(({ type, value }) => ({
    pool_id: poolId,
    type,
    value,
    slot: isShared(type) ? userId : '',
    user_id: userId,
  }));
}

/** Whether several users may have the same value. */
function isShared(type: IdentifierType): boolean {
  return (SHARED_IDENTIFIER_TYPES as readonly string[]).includes(type);
}
