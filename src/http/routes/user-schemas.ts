import { Type } from 'typebox';
import { FLAG_MEMBERS, LIST_MEMBERS, OBJECT_MEMBERS, TEXT_MEMBERS, USER_STATUSES } from '../../users/profile.ts';
import { Maybe } from '../schemas.ts';

const MAXIMUM_TEXT_LENGTH = 4096;
/** An identifier is part of an index. */
const MAXIMUM_IDENTIFIER_LENGTH = 512;
const IDENTIFIERS = new Set(['email', 'phone', 'phoneCountryCode', 'username', 'externalId']);

const IdentitySchema = Type.Object({
  extIdpId: Type.String({ maxLength: MAXIMUM_IDENTIFIER_LENGTH / 2 }),
  provider: Type.String({ maxLength: MAXIMUM_IDENTIFIER_LENGTH / 2 }),
  type: Maybe(Type.String()),
  userIdInIdp: Type.String({ maxLength: MAXIMUM_IDENTIFIER_LENGTH / 2 }),
});

const texts = Object.fromEntries(
  TEXT_MEMBERS.map((name) => {
    const maxLength = IDENTIFIERS.has(name) ? MAXIMUM_IDENTIFIER_LENGTH : MAXIMUM_TEXT_LENGTH;
    return [name, Maybe(Type.String({ maxLength }))];
  }),
);

/** The members of a user that callers may set. Members not named here are kept and given back as well. */
export const PROFILE_MEMBERS = {
  ...texts,
  ...Object.fromEntries(FLAG_MEMBERS.map((name) => [name, Maybe(Type.Boolean())])),
  ...Object.fromEntries(LIST_MEMBERS.map((name) => [name, Maybe(Type.Array(Type.String()))])),
  ...Object.fromEntries(OBJECT_MEMBERS.map((name) => [name, Maybe(Type.Object({}))])),
  identities: Maybe(Type.Array(IdentitySchema, { maxItems: 100 })),
  gender: Maybe(Type.Enum(['M', 'F', 'U'])),
  status: Maybe(Type.Enum([...USER_STATUSES])),
};

/** Members that say how to do it, not what the user is like. */
const NOT_PROFILE = new Set(['userId', 'otp', 'options', 'status', 'createdAt', 'updatedAt']);

/** The profile in a request; `null` counts as not given. */
export function profileOf(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(members).filter(([name, value]) => value !== null && !NOT_PROFILE.has(name)),
  );
}
