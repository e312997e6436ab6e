import { Type } from 'typebox';
import type { VaultStatus } from '../../rotation/vault-keys.ts';
import { defineRoute } from '../route.ts';

const StatusSchema = Type.Object({
  masterKey: Type.String(),
  keys: Type.Array(
    Type.Object({
      keyId: Type.Integer(),
      purpose: Type.String(),
      state: Type.Enum(['current', 'retiring', 'kept']),
      createdAt: Type.String({ format: 'date-time' }),
    }),
  ),
  rotation: Type.Union([
    Type.Null(),
    Type.Object({
      state: Type.Enum(['running', 'finished']),
      newKeyId: Type.Integer(),
      retiredKeyIds: Type.Array(Type.Integer()),
      startedBy: Type.String(),
      startedAt: Type.String({ format: 'date-time' }),
      finishedAt: Type.Union([Type.Null(), Type.String({ format: 'date-time' })]),
      resealed: Type.Integer(),
      broken: Type.Integer(),
    }),
  ]),
});

export const getVaultStatus = defineRoute({
  method: 'GET',
  path: '/api/v1/vault/status',
  summary: { en: 'Get the keys of the vault and how far a rotation has come', zh: '获取密钥库的密钥及轮换进度' },
  description: {
    en: 'Keys are named by id; no key and nothing derived from one is in the answer. "broken" counts sealed values that do not open: while there are any, the rotation does not end.',
    zh: '密钥仅以 ID 表示，应答中不含任何密钥或其派生值。“broken”为无法解开的密封数据的数量，只要不为零，轮换就不会结束。',
  },
  scope: 'vault:manage',
  input: Type.Object({}),
  output: StatusSchema,
  handle: async ({ services }) => toVaultStatusDto(await services.vaultKeys.status()),
});

export const rotateVault = defineRoute({
  method: 'POST',
  path: '/api/v1/vault/rotate',
  summary: { en: 'Rotate the seal keys', zh: '轮换密封密钥' },
  description: {
    en: 'A new key seals at once; everything else is sealed anew in the background, while the service goes on. Then the old key is destroyed. A second rotation is refused with HTTP 409 while one is under way.',
    zh: '新密钥立即用于密封，已有数据在后台重新密封，期间服务照常运行，完成后旧密钥被销毁。轮换进行中再次调用返回 HTTP 409。',
  },
  scope: 'vault:manage',
  input: Type.Object({}),
  output: StatusSchema,
  async handle({ services, actor, markAudited }) {
    await services.vaultKeys.rotate(actor);
    markAudited();
    return toVaultStatusDto(await services.vaultKeys.status());
  },
});

/** As the API and `--json` of the command line show it. */
export function toVaultStatusDto({ masterKey, keys, rotation }: VaultStatus) {
  const iso = (time: number) => new Date(time).toISOString();
  return {
    masterKey,
    keys: keys.map((key) => ({ ...key, createdAt: iso(key.createdAt) })),
    rotation:
      rotation === undefined
        ? null
        : {
            ...rotation,
            state: rotation.finishedAt === undefined ? 'running' : 'finished',
            startedAt: iso(rotation.startedAt),
            finishedAt: rotation.finishedAt === undefined ? null : iso(rotation.finishedAt),
          },
  };
}
