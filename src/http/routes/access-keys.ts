import { Type } from 'typebox';
import type { AccessKey } from '../../access/access-keys.ts';
import { parseScopes, SCOPES, type Scope } from '../../access/scopes.ts';
import { FactorportError } from '../../errors/error.ts';
import { type Call, defineRoute } from '../route.ts';
import { Identifier, Maybe } from '../schemas.ts';
import { invalidArgument } from '../validate.ts';

const SHOWN_ONCE = '********';

const AccessKeySchema = Type.Object({
  accessKeyId: Type.String(),
  accessKeySecret: Type.String(),
  userId: Type.String(),
  tenantId: Type.String(),
  userPoolId: Type.String(),
  type: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  status: Type.String(),
  enable: Type.Boolean(),
  createdAt: Type.String(),
  lastDate: Type.String(),
});

export const createAccessKey = defineRoute({
  method: 'POST',
  path: '/api/v3/create-access-key',
  summary: { en: 'Create an access key', zh: '创建访问密钥' },
  description: {
    en: 'The secret is shown in this answer and never again. "scopes" and "name" go beyond the v3 document; without "scopes" the new key gets those of the calling key, never otp:read-secret.',
    zh: '密钥仅在本次应答中显示。“scopes”和“name”是对 v3 文档的扩展；不提供“scopes”时，新密钥继承调用方密钥的权限，但绝不包含 otp:read-secret。',
  },
  scope: 'keys:manage',
  input: Type.Object({
    type: Identifier,
    userId: Maybe(Type.String({ maxLength: 128 })),
    tenantId: Maybe(Type.String({ maxLength: 128 })),
    name: Maybe(Type.String({ maxLength: 128 })),
    scopes: Maybe(Type.Array(Type.Enum(['all', ...SCOPES]))),
  }),
  output: Type.Array(AccessKeySchema),
  async handle(call, input) {
    const { key, secret } = await call.services.accessKeys.create(call.actor, {
      scopes: scopesToGrant(call.key, input.scopes ?? undefined),
      name: input.name ?? undefined,
      type: input.type,
      ownerUserId: input.userId ?? undefined,
      tenantId: input.tenantId ?? undefined,
    });
    call.markAudited();
    return [toDto(key, secret)];
  },
});

export const listAccessKeys = defineRoute({
  method: 'GET',
  path: '/api/v3/list-access-key',
  summary: { en: 'List the access keys of the pool', zh: '获取访问密钥列表' },
  scope: 'keys:manage',
  input: Type.Object({
    userId: Maybe(Type.String()),
    tenantId: Maybe(Type.String()),
    type: Maybe(Type.String()),
    status: Maybe(Type.Array(Type.String())),
  }),
  output: Type.Array(AccessKeySchema),
  async handle({ services, actor }, input) {
    const statuses = new Set(input.status ?? []);
    const keys = await services.accessKeys.list(actor.poolId, {
      ownerUserId: input.userId ?? undefined,
      tenantId: input.tenantId ?? undefined,
      type: input.type ?? undefined,
    });
    const wanted = keys.filter((key) => statuses.size === 0 || statuses.has(statusOf(key)));
    return wanted.map((key) => toDto(key, SHOWN_ONCE));
  },
});

export const getAccessKey = defineRoute({
  method: 'GET',
  path: '/api/v3/get-access-key',
  summary: { en: 'Get an access key', zh: '获取访问密钥详情' },
  scope: 'keys:manage',
  input: Type.Object({ userId: Maybe(Type.String()), accessKeyId: Identifier }),
  output: Type.Array(AccessKeySchema),
  async handle({ services, actor }, input) {
    const key = await services.accessKeys.get(actor.poolId, input.accessKeyId);
    if (input.userId && input.userId !== key.ownerUserId) throw new FactorportError('access_key_not_found');
    return [toDto(key, SHOWN_ONCE)];
  },
});

export const updateAccessKey = defineRoute({
  method: 'POST',
  path: '/api/v3/update-access-key',
  summary: { en: 'Enable or disable an access key', zh: '启用或停用访问密钥' },
  scope: 'keys:manage',
  input: Type.Object({ accessKeyId: Identifier, enable: Type.Boolean() }),
  output: Type.Object({ success: Type.Boolean() }),
  async handle(call, input) {
    await refuseOwnKey(call, input.accessKeyId, !input.enable);
    await call.services.accessKeys.setEnabled(call.actor, input.accessKeyId, input.enable);
    call.markAudited();
    return { success: true };
  },
});

export const deleteAccessKey = defineRoute({
  method: 'POST',
  path: '/api/v3/delete-access-key',
  summary: { en: 'Delete an access key', zh: '删除访问密钥' },
  scope: 'keys:manage',
  input: Type.Object({ accessKeyId: Identifier }),
  async handle(call, input) {
    await refuseOwnKey(call, input.accessKeyId, true);
    await call.services.accessKeys.delete(call.actor, input.accessKeyId);
    call.markAudited();
    return undefined;
  },
});

/** A key that takes itself away may be the last one, and then nobody can make another by the API. */
async function refuseOwnKey({ key }: Call, accessKeyId: string, takesAway: boolean): Promise<void> {
  if (!takesAway || key.accessKeyId !== accessKeyId) return;
  throw invalidArgument('accessKeyId', {
    en: 'a key cannot disable or delete itself; use another key or the command line',
    zh: '密钥不能停用或删除自身，请使用其他密钥或命令行',
  });
}

function scopesToGrant(granter: AccessKey, names: readonly string[] | undefined): readonly Scope[] {
  if (names === undefined) return granter.scopes.filter((scope) => scope !== 'otp:read-secret');
  const parsed = parseScopes(names.join(' '));
  const scopes = 'scopes' in parsed ? parsed.scopes : [];
  const excess = scopes.find((scope) => !granter.scopes.includes(scope));
  if (excess !== undefined) throw new FactorportError('scope_not_grantable', { parameters: { scope: excess } });
  return scopes;
}

function statusOf(key: AccessKey): string {
  return key.enabled ? 'activated' : 'staging';
}

function toDto(key: AccessKey, secret: string) {
  return {
    accessKeyId: key.accessKeyId,
    accessKeySecret: secret,
    userId: key.ownerUserId,
    tenantId: key.tenantId,
    userPoolId: key.poolId,
    type: key.type,
    name: key.name,
    scopes: key.scopes,
    status: statusOf(key),
    enable: key.enabled,
    createdAt: new Date(key.createdAt).toISOString(),
    // The document asks for a date always; a key never used has that of its making.
    lastDate: new Date(key.lastUsedAt ?? key.createdAt).toISOString(),
  };
}
