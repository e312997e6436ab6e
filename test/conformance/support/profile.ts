import type { NewIdentity, NewUser } from './sdk-types.ts';
import { AWKWARD } from './texts.ts';

/** Members that are taken and never kept. */
export const DISCARDED = ['password', 'salt', 'otp', 'options'] as const;

export const FREE_TEXTS = [
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

/** A user with every member that `CreateUserReqDto` names, and awkward text in every member that can hold text. */
export function fullProfile(name: string): NewUser {
  const texts = Object.fromEntries(FREE_TEXTS.map((member) => [member, `${member} ${AWKWARD}`]));
  return {
    ...texts,
    status: 'Suspended' as never,
    gender: 'F' as never,
    email: `${name}+tag&%25@例子.测试`,
    phone: `139${Math.floor(Math.random() * 1e8)
      .toString()
      .padStart(8, '0')}`,
    phoneCountryCode: '+86',
    username: `${name} ${AWKWARD}`,
    externalId: `${name} 外部 ${AWKWARD}`,
    emailVerified: true,
    phoneVerified: false,
    password: 'never kept',
    salt: 'never kept',
    tenantIds: ['租户 1', 'a&b'],
    departmentIds: ['部门+1', '100%'],
    customData: {
      爱好: '🍣',
      level: 1.5,
      big: 1e21,
      nothing: null,
      nested: { a: [1, '2', { b: false }] },
      'k&v=+%': AWKWARD,
    },
    metadataSource: { from: 'ldap & "ad"' },
    identities: [identityFor(name)],
    options: { keepPassword: false, autoGeneratePassword: false },
  };
}

export function identityFor(name: string): NewIdentity {
  return {
    extIdpId: '62f20932716fbcc10d966ee5',
    provider: 'lark' as never,
    type: 'generic',
    userIdInIdp: `ou_${name}_+&%_张`,
    userInfoInIdp: { 名: AWKWARD },
    accessToken: 'never kept',
    refreshToken: 'never kept',
    originConnIds: ['605492ac41xxxxe0362f0707'],
  };
}
