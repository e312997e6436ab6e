import type { ManagementClient } from 'authing-node-sdk';

/*
 * The package does not export the types of the management API by name, so they are taken from its methods. Its enums
 * exist as types only; texts stand for them with `as never`.
 */

export type NewUser = Parameters<ManagementClient['createUser']>[0];
export type NewIdentity = NonNullable<NewUser['identities']>[number];
export type NewAccessKey = Parameters<ManagementClient['createAccessKey']>[0];
export type WhoExists = Parameters<ManagementClient['isUserExists']>[0];
export type UserPage = Awaited<ReturnType<ManagementClient['listUsers']>>;
export type FilterItem = NonNullable<Parameters<ManagementClient['listUsers']>[0]['advancedFilter']>[number];
export type Sorting = NonNullable<NonNullable<Parameters<ManagementClient['listUsers']>[0]['options']>['sort']>[number];
