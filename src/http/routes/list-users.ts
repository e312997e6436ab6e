import { Type } from 'typebox';
import { FactorportError } from '../../errors/error.ts';
import { normaliseIdentifier } from '../../identifiers.ts';
import type { IdentifierType } from '../../users/identifiers.ts';
import { TEXT_MEMBERS, toUserDto, USER_STATUSES } from '../../users/profile.ts';
import type { UserFilter, UserSort } from '../../users/users.ts';
import { type Call, defineRoute } from '../route.ts';
import { Maybe, ReturnedPartsSchema, UserSchema } from '../schemas.ts';
import { invalidArgument } from '../validate.ts';
import { partsOf } from './read-users.ts';

const PageMembers = {
  page: Maybe(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  limit: Maybe(Type.Integer({ minimum: 1, maximum: 50 })),
};
const PageSchema = Type.Object({ totalCount: Type.Integer(), list: Type.Array(UserSchema) });
const DEFAULT_LIMIT = 10;
const NEWEST_FIRST: readonly UserSort[] = [{ column: 'created_at', order: 'desc' }];

/** Members that a keyword is looked for in, unless the caller names others (as documented). */
const DEFAULT_FUZZY = ['phone', 'email', 'name', 'username', 'nickname', 'identityNumber'];

const IDENTIFIER_OF_FIELD: ReadonlyMap<string, IdentifierType> = new Map([
  ['phone', 'phone'],
  ['email', 'email'],
  ['username', 'username'],
  ['externalId', 'external_id'],
]);

const SORT_COLUMNS: ReadonlyMap<string, UserSort['column']> = new Map([
  ['createdAt', 'created_at'],
  ['updatedAt', 'updated_at'],
  ['status', 'status'],
]);

/** Every one of them becomes a parameter of the statement. */
const MAXIMUM_FILTER_VALUES = 500;

const Text = Type.String({ minLength: 1, maxLength: 256 });
const FilterItem = Type.Object({ field: Text, operator: Text, value: Type.Optional(Type.Unknown()) });

export const listUsers = defineRoute({
  method: 'POST',
  path: '/api/v3/list-users',
  summary: { en: 'Search and list users', zh: '获取/搜索用户列表' },
  description: {
    en: 'advancedFilter takes EQUAL and IN on id, phone, email, username, externalId and status; sort takes createdAt, updatedAt and status. Anything else is answered 501, never ignored.',
    zh: 'advancedFilter 支持对 id、phone、email、username、externalId、status 使用 EQUAL 和 IN；sort 支持 createdAt、updatedAt、status。其他条件返回 501，不会被静默忽略。',
  },
  scope: 'users:read',
  input: Type.Object({
    keywords: Maybe(Type.String({ maxLength: 256 })),
    advancedFilter: Maybe(Type.Array(FilterItem, { maxItems: 20 })),
    searchQuery: Type.Optional(Type.Unknown()),
    options: Maybe(
      Type.Object({
        pagination: Maybe(Type.Object(PageMembers)),
        sort: Maybe(Type.Array(Type.Object({ field: Text, order: Type.Enum(['asc', 'desc']) }), { maxItems: 3 })),
        fuzzySearchOn: Maybe(Type.Array(Text, { maxItems: 30 })),
        ...ReturnedPartsSchema,
      }),
    ),
  }),
  output: PageSchema,
  async handle(call, input) {
    if (input.searchQuery) throw notSupported('searchQuery');
    const options = input.options ?? {};
    const filter: UserFilter = {
      ...readAdvancedFilter(input.advancedFilter ?? []),
      keyword: input.keywords ? keywordIn(input.keywords, options.fuzzySearchOn ?? DEFAULT_FUZZY) : undefined,
    };
    const sort = (options.sort ?? []).map(({ field, order }) => {
      const column = SORT_COLUMNS.get(field);
      if (column === undefined) throw notSupported('sort');
      return { column, order: order as UserSort['order'] };
    });
    return listPage(call, filter, options.pagination ?? {}, sort.length > 0 ? sort : NEWEST_FIRST, options);
  },
});

export const listUsersByQuery = defineRoute({
  method: 'GET',
  path: '/api/v3/list-users',
  summary: { en: 'List users', zh: '获取用户列表' },
  scope: 'users:read',
  input: Type.Object({
    ...PageMembers,
    status: Maybe(Type.Enum([...USER_STATUSES])),
    updatedAtStart: Maybe(Type.Integer()),
    updatedAtEnd: Maybe(Type.Integer()),
    ...ReturnedPartsSchema,
  }),
  output: PageSchema,
  async handle(call, input) {
    const filter: UserFilter = {
      statuses: input.status ? [input.status] : undefined,
      updatedFrom: input.updatedAtStart ?? undefined,
      updatedTo: input.updatedAtEnd ?? undefined,
    };
    return listPage(call, filter, input, NEWEST_FIRST, input);
  },
});

async function listPage(
  { services, actor }: Call,
  filter: UserFilter,
  { page, limit }: { page?: number | null; limit?: number | null },
  sort: readonly UserSort[],
  parts: Parameters<typeof partsOf>[0],
) {
  const size = limit ?? DEFAULT_LIMIT;
  const wanted = { offset: ((page ?? 1) - 1) * size, limit: size, sort };
  const { users, total } = await services.users.list(actor.poolId, filter, wanted);
  return { totalCount: total, list: users.map((row) => toUserDto(row, partsOf(parts))) };
}

function keywordIn(text: string, fields: readonly string[]): NonNullable<UserFilter['keyword']> {
  const unknown = fields.some((field) => field !== 'id' && !(TEXT_MEMBERS as readonly string[]).includes(field));
  if (unknown) throw notSupported('fuzzySearchOn');
  const identifierTypes = fields.map((field) => IDENTIFIER_OF_FIELD.get(field)).filter((type) => type !== undefined);
  const profileMembers = fields.filter((field) => field !== 'id' && !IDENTIFIER_OF_FIELD.has(field));
  return { text, identifierTypes, profileMembers };
}

function readAdvancedFilter(items: readonly { field: string; operator: string; value?: unknown }[]): UserFilter {
  const identifiers: { type: IdentifierType; values: string[] }[] = [];
  const filter: { statuses?: string[]; userIds?: string[]; identifiers: typeof identifiers } = { identifiers };
  for (const { field, operator, value } of items) {
    const values = operator === 'IN' && Array.isArray(value) ? value : operator === 'EQUAL' ? [value] : undefined;
    if (values === undefined || !values.every((one) => typeof one === 'string')) throw notSupported('advancedFilter');
    if (values.length > MAXIMUM_FILTER_VALUES) {
      const expected = {
        en: `it must have at most ${MAXIMUM_FILTER_VALUES} values`,
        zh: `最多包含 ${MAXIMUM_FILTER_VALUES} 个值`,
      };
      throw invalidArgument('advancedFilter', expected);
    }
    const type = IDENTIFIER_OF_FIELD.get(field);
    if (type !== undefined) identifiers.push({ type, values: values.map((one) => normaliseIdentifier(type, one)) });
    else if (field === 'id') filter.userIds = intersect(filter.userIds, values);
    else if (field === 'status') filter.statuses = intersect(filter.statuses, values);
    else throw notSupported('advancedFilter');
  }
  return filter;
}

/** All conditions must hold, so two on one field leave what both allow. */
function intersect(before: readonly string[] | undefined, values: readonly string[]): string[] {
  return before === undefined ? [...values] : values.filter((value) => before.includes(value));
}

function notSupported(what: string): FactorportError {
  return new FactorportError('not_supported', { parameters: { what } });
}
