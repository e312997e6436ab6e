import { fillText, type LocalText } from '../../language.ts';
import { USER_ID_TYPES, type UserIdType } from '../../users/identifiers.ts';
import { toUserDto } from '../../users/profile.ts';
import { cliActor, POOL_OPTION } from '../actor.ts';
import { type Command, type CommandOption, EXIT, type Invocation, UsageError } from '../command.ts';
import { TEXTS as SHARED_TEXTS } from '../texts.ts';

const TEXTS = {
  created: { en: 'Created user', zh: '已创建用户' },
  deleted: { en: 'Deleted user', zh: '已删除用户' },
  shown: {
    en: '{count} of {total} shown; see more with --limit.',
    zh: '共 {total} 个用户，显示 {count} 个，可用 --limit 查看更多。',
  },
  total: { en: 'Users in all: {total}', zh: '共 {total} 个用户' },
  none: { en: 'No users found.', zh: '没有找到用户。' },
  unnamed: {
    en: 'Give at least one of --username, --email, --phone, --external-id.',
    zh: '请至少指定 --username、--email、--phone、--external-id 之一。',
  },
  userId: { en: 'user id', zh: '用户 ID' },
  username: { en: 'username', zh: '用户名' },
  email: { en: 'email', zh: '邮箱' },
  externalId: { en: 'external id', zh: '外部 ID' },
  status: { en: 'status', zh: '状态' },
} as const satisfies Record<string, LocalText>;

/** Options of `users create` and the members of the profile they set. */
const MEMBERS: Readonly<Record<string, { member: string; text: LocalText }>> = {
  username: { member: 'username', text: TEXTS.username },
  email: { member: 'email', text: TEXTS.email },
  phone: { member: 'phone', text: { en: 'phone number', zh: '手机号' } },
  'external-id': { member: 'externalId', text: TEXTS.externalId },
  name: { member: 'name', text: { en: 'real name', zh: '姓名' } },
};

export const TYPE_OPTION = {
  type: {
    type: 'string',
    placeholder: 'TYPE',
    text: {
      en: `How the user is named: ${USER_ID_TYPES.join(', ')} (default: user_id).`,
      zh: `用户标识的类型：${USER_ID_TYPES.join('、')}（默认：user_id）。`,
    },
  },
} as const satisfies Record<string, CommandOption>;

export const USER_ARGUMENT = {
  name: 'user',
  text: { en: 'The user, as --type says.', zh: '用户标识，类型由 --type 指定。' },
};

/** @throws UsageError */
export function readUserIdType(invocation: Invocation): UserIdType {
  const name = invocation.option('type') ?? 'user_id';
  const type = USER_ID_TYPES.find((candidate) => candidate === name);
  if (type !== undefined) return type;
  const expected = { en: `it must be one of ${USER_ID_TYPES.join(', ')}`, zh: `应为 ${USER_ID_TYPES.join('、')} 之一` };
  throw new UsageError(SHARED_TEXTS.badOption, { name: '--type', expected });
}

export const usersCreate: Command = {
  name: 'users create',
  summary: { en: 'Create a user', zh: '创建用户' },
  options: {
    ...Object.fromEntries(
      Object.entries(MEMBERS).map(([name, { text }]) => [name, { type: 'string', placeholder: 'TEXT', text } as const]),
    ),
    ...POOL_OPTION,
  },
  examples: ['factorport users create --username alice --email alice@example.com'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const named = ['username', 'email', 'phone', 'external-id'].some((name) => invocation.option(name));
      if (!named) throw new UsageError(TEXTS.unnamed);
      const actor = await cliActor(services, invocation);
      const given = Object.entries(MEMBERS).map(([name, { member }]) => [member, invocation.option(name)] as const);
      const profile = Object.fromEntries(given.filter(([, value]) => value !== undefined));
      const [user] = await services.users.create(actor, [{ profile, status: 'Activated' }]);
      if (user === undefined) return EXIT.refused;
      if (invocation.flag('json')) terminal.json(toUserDto(user, {}));
      else terminal.line(`${TEXTS.created[language]} ${user.user_id}`);
      return EXIT.ok;
    }),
};

export const usersList: Command = {
  name: 'users list',
  summary: { en: 'List users, newest first', zh: '列出用户，最新的在前' },
  options: {
    keyword: {
      type: 'string',
      placeholder: 'TEXT',
      text: { en: 'Part of an identifier or name.', zh: '标识或姓名中包含的文字。' },
    },
    limit: {
      type: 'string',
      placeholder: 'N',
      text: { en: 'How many (default: 20, at most 1000).', zh: '数量（默认 20，最多 1000）。' },
    },
    ...POOL_OPTION,
  },
  examples: ['factorport users list --limit 50', 'factorport users list --keyword alice --json'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const { poolId } = await cliActor(services, invocation);
      const text = invocation.option('keyword');
      const keyword = text
        ? ({ text, identifierTypes: ['username', 'email', 'phone', 'external_id'], profileMembers: ['name'] } as const)
        : undefined;
      const page = {
        offset: 0,
        limit: readLimit(invocation),
        sort: [{ column: 'created_at', order: 'desc' }],
      } as const;
      const { users, total } = await services.users.list(poolId, { keyword }, page);
      const shown = users.map((user) => toUserDto(user, {}));
      if (invocation.flag('json')) terminal.json({ total, users: shown });
      else if (total === 0) terminal.line(TEXTS.none[language]);
      else {
        const members = ['userId', 'username', 'email', 'externalId', 'status'] as const;
        terminal.table([
          members.map((member) => TEXTS[member][language]),
          ...shown.map((user) => members.map((member) => String(user[member] ?? ''))),
        ]);
        const text = shown.length < total ? TEXTS.shown : TEXTS.total;
        terminal.line(fillText(text, language, { count: shown.length, total }));
      }
      return EXIT.ok;
    }),
};

export const usersDelete: Command = {
  name: 'users delete',
  summary: { en: 'Delete a user with the OTP and recovery codes', zh: '删除用户及其 OTP 和恢复码' },
  arguments: [USER_ARGUMENT],
  options: { ...TYPE_OPTION, ...POOL_OPTION },
  examples: ['factorport users delete alice --type username'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const actor = await cliActor(services, invocation);
      const [user = ''] = invocation.arguments;
      await services.users.delete(actor, [user], readUserIdType(invocation));
      if (invocation.flag('json')) terminal.json({ deleted: true });
      else terminal.line(`${TEXTS.deleted[language]} ${user}`);
      return EXIT.ok;
    }),
};

function readLimit(invocation: Invocation): number {
  const text = invocation.option('limit') ?? '20';
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= 1000) return limit;
  const expected = { en: 'it must be a whole number from 1 to 1000', zh: '应为 1 至 1000 之间的整数' };
  throw new UsageError(SHARED_TEXTS.badOption, { name: '--limit', expected });
}
