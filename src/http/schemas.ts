import { type TSchema, Type } from 'typebox';
import { MAXIMUM_COUNTER } from '../otp/parameters.ts';
import { USER_ID_TYPES, type UserIdType } from '../users/identifiers.ts';

/** A member that may be left out; `null` means the same, because two SDKs write every unset member that way. */
export function Maybe<Schema extends TSchema>(schema: Schema) {
  return Type.Optional(Type.Union([schema, Type.Null()]));
}

export const UserId = Type.String({ minLength: 1, maxLength: 512 });
export const UserIdTypeSchema = Type.Enum([...USER_ID_TYPES]);
export const Identifier = Type.String({ minLength: 1, maxLength: 128 });

/** How a user is named: `userId` of the kind that `userIdType` says, `user_id` if it says nothing. */
export const NamedUser = { userId: UserId, userIdType: Maybe(UserIdTypeSchema) };

export interface NamedUserInput {
  readonly userId: string;
  readonly userIdType?: UserIdType | null | undefined;
}

/** Which parts of a user to give back beside the usual ones. */
export const ReturnedPartsSchema = {
  withCustomData: Maybe(Type.Boolean()),
  withIdentities: Maybe(Type.Boolean()),
  withDepartmentIds: Maybe(Type.Boolean()),
};

export const UserSchema = Type.Object({
  userId: Type.String(),
  status: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
  updatedAt: Type.String({ format: 'date-time' }),
});

/** The `otp` object; its rules are checked item by item, so that each problem can be told. */
export const OtpSchema = Type.Object({
  secret: Type.String({ description: 'base32, 80–1024 bit' }),
  recoveryCode: Maybe(Type.String()),
  recoveryCodes: Maybe(Type.Array(Type.String(), { maxItems: 100 })),
  type: Maybe(Type.Enum(['totp', 'hotp'])),
  algorithm: Maybe(Type.Enum(['SHA1', 'SHA256', 'SHA512'])),
  digits: Maybe(Type.Integer({ minimum: 6, maximum: 8 })),
  period: Maybe(Type.Integer({ minimum: 5, maximum: 300 })),
  counter: Maybe(Type.Integer({ minimum: 0, maximum: MAXIMUM_COUNTER, description: 'HOTP' })),
});
