import { Type } from 'typebox';
import { DEFAULT_IMPORT_OPTIONS, type ImportOptions, ON_EXISTING } from '../../import/entry.ts';
import { readAuthingItem } from '../../sources/authing-item.ts';
import { requireScope } from '../admission.ts';
import { defineRoute } from '../route.ts';
import { Maybe, OtpSchema } from '../schemas.ts';
import { createValidator, invalidArgument, unknownArgument } from '../validate.ts';

const OptionsSchema = Type.Object(
  {
    onExisting: Maybe(Type.Enum([...ON_EXISTING])),
    createMissingUsers: Maybe(Type.Boolean()),
    dryRun: Maybe(Type.Boolean()),
  },
  { additionalProperties: false },
);

const validateOptions = createValidator(Type.Object({ options: Maybe(OptionsSchema) }));

const CountsSchema = Type.Object({
  added: Type.Integer(),
  replaced: Type.Integer(),
  unchanged: Type.Integer(),
  skipped: Type.Integer(),
  usersCreated: Type.Integer(),
  weakSeeds: Type.Integer(),
  recoveryCodes: Type.Integer(),
});

export const importOtp = defineRoute({
  method: 'POST',
  path: '/api/v3/import-otp',
  summary: { en: 'Import OTPs of users', zh: '导入用户的 OTP' },
  description: {
    en: 'All or nothing: one bad item refuses the list, and data.errors names every reason (the first 100). Importing the same again changes nothing. "options", and in "otp" everything but secret and recoveryCode, goes beyond the v3 document; only with "options" does a success carry data. createMissingUsers also needs the scope users:write.',
    zh: '全部成功或全部不导入：只要有一项有误，整个列表即被拒绝，data.errors 给出原因（最多前 100 条）。重复导入相同数据不产生任何变化。“options”以及“otp”中除 secret、recoveryCode 之外的字段是对 v3 文档的扩展；只有携带“options”时成功响应才含 data。createMissingUsers 还需要 users:write 权限。',
  },
  scope: 'otp:import',
  input: Type.Object({
    list: Type.Array(Type.Object({ userId: Type.String({ minLength: 1, maxLength: 128 }), otp: OtpSchema }), {
      minItems: 1,
    }),
    options: Maybe(OptionsSchema),
  }),
  output: CountsSchema,
  bodyLimit: (config) => ({ bytes: config.importMaxMiB * 1024 * 1024, setting: 'FACTORPORT_IMPORT_MAX_MIB' }),
  listLimit: ({ importMaxItems: items }) => ({ items, setting: 'FACTORPORT_IMPORT_MAX_ITEMS' }),
  checksItself: true,
  async handle(call, input) {
    const list = readListMember(input);
    const options = readOptions(input);
    if (options?.createMissingUsers) requireScope(call.key, 'users:write');
    const counts = await call.services.importer.importList({
      actor: call.actor,
      list,
      readItem: readAuthingItem,
      options: options ?? DEFAULT_IMPORT_OPTIONS,
      source: 'api',
    });
    call.markAudited();
    return options === undefined ? undefined : counts;
  },
});

function readListMember(input: Readonly<Record<string, unknown>>): readonly unknown[] {
  const { list } = input;
  if (!Array.isArray(list) || list.length === 0) {
    throw invalidArgument('list', { en: 'it must be a list of at least 1 item', zh: '应为至少包含 1 项的列表' });
  }
  if (Object.keys(input).some((name) => name !== 'list' && name !== 'options')) {
    throw unknownArgument('', ['list', 'options']);
  }
  return list;
}

/** @returns `undefined` for a client that knows only the document */
function readOptions(input: Readonly<Record<string, unknown>>): ImportOptions | undefined {
  validateOptions(input);
  const given = input.options as Readonly<Record<string, unknown>> | null | undefined;
  if (given === null || given === undefined) return undefined;
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  return { ...DEFAULT_IMPORT_OPTIONS, ...set };
}
