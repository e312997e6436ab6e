import { Type } from 'typebox';
import { FactorportError } from '../../errors/error.ts';
import { type Export, MINIMUM_PASSWORD_LENGTH } from '../../export/exporter.ts';
import type { ExportFormat } from '../../export/format.ts';
import { EXPORT_FORMATS, USUAL_EXPORT_FORMAT } from '../../export/formats/index.ts';
import { defineRoute } from '../route.ts';
import { Maybe } from '../schemas.ts';

const CONTENT_TYPE = 'application/octet-stream';

export const exportFactors = defineRoute({
  method: 'POST',
  path: '/api/v1/export',
  summary: { en: 'Export all factors of the pool', zh: '导出用户池的全部绑定' },
  description: {
    en: `Needs the scope otp:read-secret, which "all" does not include. "${USUAL_EXPORT_FORMAT}" is encrypted with "password" (at least ${MINIMUM_PASSWORD_LENGTH} characters); the other formats hold the seeds in clear and need "revealSecrets": true. Recovery codes are not in it: only their digests exist. The export is audited before its first byte and when it ends. An answer that breaks off is not complete: so ends, after everything else, one that lacks users, whose seals do not open or whose user ids the format cannot hold; the audit event otp.export-end names them.`,
    zh: `需要 otp:read-secret 权限，“all”不包含该权限。“${USUAL_EXPORT_FORMAT}”使用“password”加密（至少 ${MINIMUM_PASSWORD_LENGTH} 个字符）；其他格式以明文写出密钥，需要“revealSecrets”: true。不包含恢复码（系统仅保存其摘要）。导出在首字节之前和结束时都会写入审计日志。中途断开的应答是不完整的：若有用户的密封数据无法解开或用户 ID 无法用该格式表示，应答会在写出其余全部内容后断开，审计事件 otp.export-end 会列出这些用户。`,
  },
  scope: 'otp:read-secret',
  // Closed: a misspelt member must not change what is revealed.
  input: Type.Object(
    {
      format: Maybe(Type.Enum(EXPORT_FORMATS.map(({ name }) => name))),
      password: Maybe(Type.String({ maxLength: 1024 })),
      revealSecrets: Maybe(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  stream: [CONTENT_TYPE],
  async handle({ services, actor, markAudited }, { format: name, password, revealSecrets }) {
    const format = EXPORT_FORMATS.find((one) => one.name === (name ?? USUAL_EXPORT_FORMAT)) as ExportFormat;
    const request = { format, password: password ?? undefined, revealSecrets: revealSecrets ?? false };
    const begun = await services.exporter.begin(actor, request);
    markAudited();
    return { contentType: CONTENT_TYPE, pieces: orBreakOff(begun) };
  },
});

/** The status was sent long before it is known that users are missing: only an end that is none can tell it. */
async function* orBreakOff({ pieces, outcome }: Export): AsyncGenerator<string, void, void> {
  yield* pieces;
  if (outcome.leftOut > 0) throw new FactorportError('export_incomplete', { parameters: { count: outcome.leftOut } });
}
