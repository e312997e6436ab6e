import type { AccessKey } from '../../access/access-keys.ts';
import { parseScopes, SCOPES } from '../../access/scopes.ts';
import { FactorportError } from '../../errors/error.ts';
import type { LocalText } from '../../language.ts';
import { cliActor, POOL_OPTION } from '../actor.ts';
import { type Command, EXIT, type Invocation } from '../command.ts';

const TEXTS = {
  id: { en: 'access key id', zh: '访问密钥 ID' },
  secret: { en: 'access key secret', zh: '访问密钥 Secret' },
  pool: { en: 'user pool', zh: '用户池' },
  scopes: { en: 'scopes', zh: '权限' },
  once: { en: 'The secret is shown only now. Keep it safe.', zh: '密钥仅显示这一次，请妥善保管。' },
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
  done: { en: 'Done.', zh: '已完成。' },
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
        en: `What the key may do: ${SCOPES.join(', ')}, or all (which leaves out otp:read-secret).`,
        zh: `密钥的权限：${SCOPES.join('、')}，或 all（不含 otp:read-secret）。`,
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
      if (invocation.flag('json')) terminal.json(keys);
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
      return done(invocation, { accessKeyId, enabled });
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
      return done(invocation, { accessKeyId, deleted: true });
    }),
};

function readScopes(text: string) {
  const parsed = parseScopes(text);
  if ('scopes' in parsed && parsed.scopes.length > 0) return parsed.scopes;
  const list = ['all', ...SCOPES];
  const expected = { en: `it must be one or more of ${list.join(', ')}`, zh: `应为以下一项或多项：${list.join('、')}` };
  throw new FactorportError('invalid_argument', { parameters: { field: '--scopes', expected } });
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

function done({ terminal, language, flag }: Invocation, result: unknown): number {
  if (flag('json')) terminal.json(result);
  else terminal.line(TEXTS.done[language]);
  return EXIT.ok;
}
