import type { ManagementClient } from 'authing-node-sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { expectFailure, expectSuccess } from './support/envelope.ts';
import { identityFor } from './support/profile.ts';
import type { FilterItem, Sorting, UserPage } from './support/sdk-types.ts';
import { AWKWARD_ENTRIES } from './support/texts.ts';
import { uniqueName, useServer } from './support/use-server.ts';

const EQUAL = 'EQUAL' as FilterItem['operator'];
const IN = 'IN' as FilterItem['operator'];
const CONTAINS = 'CONTAINS' as FilterItem['operator'];
const ASC = 'asc' as Sorting['order'];
const DESC = 'desc' as Sorting['order'];
const USERS = 23;

describe.each(ENGINES)('%s: listing users by the SDK', (engine) => {
  const server = useServer(engine);
  let client: ManagementClient;
  let userIds: string[];

  beforeAll(async () => {
    client = await server().sdk();
    const list = Array.from({ length: USERS }, (_, index) => ({
      username: `listed-${index}`,
      email: `listed${index}@example.com`,
      externalId: `ext ${index} & +`,
      name: `名字 ${index}`,
      status: (index % 3 === 0 ? 'Suspended' : 'Archived') as never,
      customData: { index },
      identities: [identityFor(`listed-${index}`)],
      departmentIds: [`d${index}`],
    }));
    userIds = (await client.createUsersBatch({ list })).data.map((user) => user.userId);
  });

  const idsOf = (page: UserPage) => page.data.list.map((user) => user.userId);

  it('listUsers pages through everybody once, with the total count', async () => {
    const seen: string[] = [];
    for (const page of [1, 2, 3]) {
      const answer = await client.listUsers({ options: { pagination: { page, limit: 10 } } });
      expectSuccess(answer);
      expect(answer.data.totalCount).toBe(USERS);
      seen.push(...idsOf(answer));
    }
    expect(seen.toSorted()).toEqual(userIds.toSorted());
    const beyond = await client.listUsers({ options: { pagination: { page: 99, limit: 50 } } });
    expect(beyond.data).toEqual({ totalCount: USERS, list: [] });
  });

  it('listUsers without any parameter gives ten', async () => {
    const answer = await client.listUsers({});
    expectSuccess(answer);
    expect(answer.data.list).toHaveLength(10);
  });

  it('listUsers finds by keywords in the documented members, whatever the case', async () => {
    const search = async (keywords: string) => (await client.listUsers({ keywords })).data.totalCount;
    expect(await search('listed-7')).toBe(1);
    expect(await search('LISTED-7')).toBe(1);
    expect(await search('名字 22')).toBe(1);
    expect(await search('listed1@')).toBe(1);
    expect(await search('nobody')).toBe(0);
    expect(await search('')).toBe(USERS);
  });

  it('listUsers takes wildcards of SQL in keywords as they stand', async () => {
    for (const keywords of ['%', '_', '\\', "'", 'listed_7', '%25']) {
      expect((await client.listUsers({ keywords })).data.totalCount).toBe(0);
    }
  });

  it.each(AWKWARD_ENTRIES)('listUsers finds a name that holds %s by that text', async (_name, text) => {
    const name = `${uniqueName('found')} ${text}`;
    const { userId } = (await client.createUser({ name })).data;
    try {
      expect(idsOf(await client.listUsers({ keywords: name }))).toEqual([userId]);
    } finally {
      await client.deleteUsersBatch({ userIds: [userId] });
    }
  });

  it.each(['Иван Петров', 'ÉCOLE Ünïcode', 'ΑΘΗΝΑ'])('listUsers finds the name "%s" by itself', async (name) => {
    const { userId } = (await client.createUser({ name })).data;
    try {
      expect(idsOf(await client.listUsers({ keywords: name }))).toEqual([userId]);
    } finally {
      await client.deleteUsersBatch({ userIds: [userId] });
    }
  });

  it('listUsers looks only where fuzzySearchOn says', async () => {
    const search = async (fuzzySearchOn: 'name' | 'externalId') =>
      (await client.listUsers({ keywords: 'ext 3', options: { fuzzySearchOn: [fuzzySearchOn] } })).data.totalCount;
    expect(await search('externalId')).toBe(1);
    expect(await search('name')).toBe(0);
  });

  it('listUsers filters by EQUAL and IN on every supported field, all conditions together', async () => {
    const filter = async (...advancedFilter: FilterItem[]) => {
      const answer = await client.listUsers({ advancedFilter, options: { pagination: { limit: 50 } } });
      expectSuccess(answer);
      return idsOf(answer).toSorted();
    };
    expect(await filter({ field: 'id', operator: EQUAL, value: userIds[4] })).toEqual([userIds[4]]);
    expect(await filter({ field: 'username', operator: EQUAL, value: 'listed-4' })).toEqual([userIds[4]]);
    expect(await filter({ field: 'email', operator: EQUAL, value: 'LISTED4@example.com' })).toEqual([userIds[4]]);
    const some = ['ext 1 & +', 'ext 2 & +', 'no'];
    expect(await filter({ field: 'externalId', operator: IN, value: some })).toEqual(userIds.slice(1, 3).toSorted());
    expect(await filter({ field: 'status', operator: EQUAL, value: 'Suspended' })).toHaveLength(8);
    expect(await filter({ field: 'status', operator: IN, value: ['Suspended', 'Archived'] })).toHaveLength(USERS);
    const both = [
      { field: 'status', operator: EQUAL, value: 'Suspended' },
      { field: 'username', operator: IN, value: ['listed-3', 'listed-4'] },
    ];
    expect(await filter(...both)).toEqual([userIds[3]]);
  });

  it.each(['id', 'status', 'username', 'email', 'phone', 'externalId'])(
    'listUsers finds nobody, and does not fail, for %s IN an empty list',
    async (field) => {
      const answer = await client.listUsers({ advancedFilter: [{ field, operator: IN, value: [] }] });
      expect(answer).toMatchObject({ statusCode: 200, data: { totalCount: 0, list: [] } });
    },
  );

  it('listUsers finds nobody for two conditions that exclude each other', async () => {
    const advancedFilter = ['Suspended', 'Archived'].map((value) => ({ field: 'status', operator: EQUAL, value }));
    const answer = await client.listUsers({ advancedFilter });
    expect(answer).toMatchObject({ statusCode: 200, data: { totalCount: 0 } });
  });

  it('listUsers answers 501, and never ignores, a condition it does not have', async () => {
    const name = { field: 'name', operator: EQUAL, value: 'x' };
    expectFailure(await client.listUsers({ advancedFilter: [name] }), 501);
    expectFailure(await client.listUsers({ advancedFilter: [{ ...name, field: 'email', operator: CONTAINS }] }), 501);
    expectFailure(
      await client.listUsers({ options: { sort: [{ field: 'email' as Sorting['field'], order: ASC }] } }),
      501,
    );
    expectFailure(await client.listUsers({ searchQuery: { bool: {} } }), 501);
  });

  it('listUsers sorts by creation, change and status, either way', async () => {
    const sorted = async (field: string, order: Sorting['order']) => {
      const options = { sort: [{ field: field as Sorting['field'], order }], pagination: { limit: 50 } };
      return (await client.listUsers({ options })).data.list;
    };
    for (const member of ['createdAt', 'updatedAt', 'status'] as const) {
      const up = (await sorted(member, ASC)).map((user) => String(user[member]));
      expect(up).toEqual(up.toSorted());
      const down = (await sorted(member, DESC)).map((user) => String(user[member]));
      expect(down).toEqual(up.toReversed());
    }
  });

  it('listUsers and listUsersLegacy give custom data, identities and departments only when asked', async () => {
    const parts = { withCustomData: true, withIdentities: true, withDepartmentIds: true };
    const pages = [
      [await client.listUsers({}), await client.listUsers({ options: parts })],
      [await client.listUsersLegacy({}), await client.listUsersLegacy(parts)],
    ] as const;
    for (const [without, withParts] of pages) {
      for (const member of ['customData', 'identities', 'departmentIds']) {
        expect(without.data.list[0]).not.toHaveProperty(member);
        expect(withParts.data.list[0]).toHaveProperty(member);
      }
    }
  });

  it('listUsersLegacy pages, and filters by status and by time of change', async () => {
    expect((await client.listUsersLegacy({ page: 3, limit: 10 })).data.list).toHaveLength(3);
    expect((await client.listUsersLegacy({ status: 'Suspended', limit: 50 })).data.totalCount).toBe(8);
    expect((await client.listUsersLegacy({ status: 'Resigned' })).data.totalCount).toBe(0);
    const now = Date.now();
    expect((await client.listUsersLegacy({ updatedAtStart: 0, updatedAtEnd: now })).data.totalCount).toBe(USERS);
    expect((await client.listUsersLegacy({ updatedAtStart: now + 60_000 })).data.totalCount).toBe(0);
  });

  it('listUsersLegacy refuses a date where a number must stand as an argument, not as a bad signature', async () => {
    expectFailure(await client.listUsersLegacy({ updatedAtStart: new Date() as never }), 400);
    expectFailure(await client.listUsersLegacy({ updatedAtStart: new Date().toISOString() as never }), 400);
  });
});
