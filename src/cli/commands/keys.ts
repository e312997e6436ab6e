import type { AccessKey } from '../../access/access-keys.ts';
import { parseScopes, SCOPES } from '../../access/scopes.ts';
import { fillText, type LocalText } from '../../language.ts';
import { cliActor, POOL_OPTION } from '../actor.ts';
import { type Command, EXIT, type Invocation, UsageError } from '../command.ts';
import { TEXTS as SHARED_TEXTS } from '../texts.ts';

const TEXTS = {
  id: { en: 'access key id', zh: '访问密钥 ID' },
  secret: { en: 'access key secret', zh: '访问密钥 Secret' },
  pool: { en: 'user pool', zh: '用户池' },
  scopes: { en: 'scopes', zh: '权限' },
  once: { en: 'The secret is shown only now. Keep it safe.', zh: 'Secret 仅显示这一次，请妥善保管。' },
  none: {
    en: 'There are no access keys. Make one: factorport keys create --scopes all',
    zh: '还没有访问密钥，可执行：factorport keys create --scopes all',
  },
  name: { en: 'name', zh: '名称' },
  state: { en: 'state', zh: '状态' },
  lastUsed: { en: 'last used', zh: '最近使用' },
  never: { en: 'never', zh: '从未' },
  enabled: { en: 'enabled', zh: '启用' },
  disabled: { en: 'disabled', zh: '停用' },
  nowEnabled: { en: 'Access key {id} is enabled.', zh: '访问密钥 {id} 已启用。' },
  nowDisabled: {
    en: 'Access key {id} is disabled; its tokens no longer work.',
    zh: '访问密钥 {id} 已停用，其令牌同时失效。',
  },
  deleted: {
    en: 'Access key {id} is deleted; its tokens no longer work.',
    zh: '访问密钥 {id} 已删除，其令牌同时失效。',
  },
} as const satisfies Record<string, LocalText>;

const KEY_ARGUMENT = { name: 'id', text: { en: 'Id of the access key.', zh: '访问密钥 ID。' } };

export const keysCreate: Command = {
  name: 'keys create',
  summary: { en: 'Create an access key', zh: '创建访问密钥' },
  options: {
    scopes: {
      type: 'string',
      placeholder: 'LIST',
      text: {
        en: `What the key may do, separated by commas: ${SCOPES.join(', ')}, or all (which leaves out otp:read-secret).`,
        zh: `密钥的权限，用逗号分隔：${SCOPES.join('、')}，或 all（不含 otp:read-secret）。`,
      },
    },
    name: { type: 'string', placeholder: 'NAME', text: { en: 'What the key is for.', zh: '密钥的用途。' } },
    ...POOL_OPTION,
  },
  examples: [
    'factorport keys create --scopes all --json',
    'factorport keys create --scopes otp:verify --name "login service"',
  ],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal, language } = invocation;
      const scopes = readScopes(invocation.option('scopes') ?? '');
      const actor = await cliActor(services, invocation);
      const { key, secret } = await services.accessKeys.create(actor, { scopes, name: invocation.option('name') });
      const { accessKeyId, poolId: userPoolId } = key;
      if (invocation.flag('json')) terminal.json({ accessKeyId, accessKeySecret: secret, userPoolId, scopes });
      else {
        terminal.table([
          [TEXTS.id[language], accessKeyId],
          [TEXTS.secret[language], secret],
          [TEXTS.pool[language], userPoolId],
          [TEXTS.scopes[language], scopes.join(' ')],
        ]);
        terminal.line(TEXTS.once[language]);
      }
      return EXIT.ok;
    }),
};

export const keysList: Command = {
  name: 'keys list',
  summary: { en: 'List access keys; secrets are never shown', zh: '列出访问密钥（不显示密钥内容）' },
  options: POOL_OPTION,
  examples: ['factorport keys list', 'factorport keys list --json'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const { terminal } = invocation;
      const { poolId } = await cliActor(services, invocation);
      const keys = await services.accessKeys.list(poolId);
      if (invocation.flag('json')) terminal.json(keys.map(withDates));
      else if (keys.length === 0) terminal.line(TEXTS.none[invocation.language]);
      else printKeys(invocation, keys);
      return EXIT.ok;
    }),
};

export const keysDisable: Command = {
  name: 'keys disable',
  summary: { en: 'Disable an access key; --undo enables it again', zh: '停用访问密钥（--undo 重新启用）' },
  arguments: [KEY_ARGUMENT],
  options: { undo: { type: 'boolean', text: { en: 'Enable it again.', zh: '重新启用。' } }, ...POOL_OPTION },
  examples: [
    'factorport keys disable 6b031995e7c49f29a319cf8c',
    'factorport keys disable 6b031995e7c49f29a319cf8c --undo',
  ],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const actor = await cliActor(services, invocation);
      const [accessKeyId = ''] = invocation.arguments;
      const enabled = invocation.flag('undo');
      await services.accessKeys.setEnabled(actor, accessKeyId, enabled);
      return done(invocation, enabled ? TEXTS.nowEnabled : TEXTS.nowDisabled, { accessKeyId, enabled });
    }),
};

export const keysDelete: Command = {
  name: 'keys delete',
  summary: { en: 'Delete an access key', zh: '删除访问密钥' },
  arguments: [KEY_ARGUMENT],
  options: POOL_OPTION,
  examples: ['factorport keys delete 6b031995e7c49f29a319cf8c'],
  run: (invocation) =>
    invocation.withServices(async (services) => {
      const actor = await cliActor(services, invocation);
      const [accessKeyId = ''] = invocation.arguments;
      await services.accessKeys.delete(actor, accessKeyId);
      return done(invocation, TEXTS.deleted, { accessKeyId, deleted: true });
    }),
};

function readScopes(text: string) {
  const parsed = parseScopes(text);
  if ('scopes' in parsed && parsed.scopes.length > 0) return parsed.scopes;
  const list = ['all', ...SCOPES];
  const expected = {
    en: `it must be one or more of ${list.join(', ')}, separated by commas`,
    zh: `应为以下一项或多项（用逗号分隔）：${list.join('、')}`,
  };
  throw new UsageError(SHARED_TEXTS.badOption, { name: '--scopes', expected });
}

/** Times as in every other output: ISO 8601. */
function withDates(key: AccessKey) {
  const { createdAt, lastUsedAt } = key;
  const iso = (time: number) => new Date(time).toISOString();
  return { ...key, createdAt: iso(createdAt), lastUsedAt: lastUsedAt === undefined ? null : iso(lastUsedAt) };
}

function printKeys({ terminal, language }: Invocation, keys: readonly AccessKey[]): void {
  const columns = [TEXTS.id, TEXTS.name, TEXTS.state, TEXTS.lastUsed, TEXTS.scopes];
  terminal.table([
    columns.map((text) => text[language]),
    ...keys.map((key) => [
      key.accessKeyId,
      key.name,
      (key.enabled ? TEXTS.enabled : TEXTS.disabled)[language],
      key.lastUsedAt === undefined ? TEXTS.never[language] : new Date(key.lastUsedAt).toISOString(),
      key.scopes.join(' '),
    ]),
  ]);
}

function done(
  { terminal, language, flag }: Invocation,
  text: LocalText,
  result: { readonly accessKeyId: string; readonly enabled?: boolean; readonly deleted?: boolean },
): number {
  if (flag('json')) terminal.json(result);
  else terminal.line(fillText(text, language, { id: result.accessKeyId }));
  return EXIT.ok;
}
