import { type Static, Type } from 'typebox';
import { FactorportError } from '../../errors/error.ts';
import type { Upload } from '../../import/jobs/import-jobs.ts';
import { toImportJobDto } from '../../import/jobs/job-dto.ts';
import { readAssumption, readMapping } from '../../import/jobs/option-text.ts';
import { requireScope } from '../admission.ts';
import { parseBody } from '../body.ts';
import { type MultipartPart, readMultipart } from '../multipart.ts';
import { type Call, defineRoute, type IncomingUpload } from '../route.ts';
import { Maybe } from '../schemas.ts';
import { refuseUnstorable } from '../storable.ts';
import { createValidator, invalidArgument } from '../validate.ts';
import { JobSchema, OptionMembers, readJobOptions, SecretMember } from './import-job-schemas.ts';
import { startRun } from './import-jobs.ts';

const MAXIMUM_OPTIONS_BYTES = 64 * 1024;
const MAXIMUM_FILE_NAME = 255;

const StartMember = { start: Maybe(Type.Boolean()) };
const FileName = Type.String({ minLength: 1, maxLength: MAXIMUM_FILE_NAME });
const PartOptions = Type.Object({ ...OptionMembers, ...SecretMember, ...StartMember }, { additionalProperties: false });
type PartOptionsInput = Static<typeof PartOptions>;
const validatePartOptions = createValidator(PartOptions);

const { mapping: _mapping, assume: _assume, ...simpleMembers } = OptionMembers;
const BYTES = Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' });

export const createImportJob = defineRoute({
  method: 'POST',
  path: '/api/v1/import-jobs',
  summary: { en: 'Upload a file to import', zh: '上传要导入的文件' },
  description: {
    en: 'The body is the file as it is, of any content type, or multipart/form-data with the parts file, users (a list of serial numbers and users) and options (JSON). It is sealed while it is on its way to the disk. With start the job runs at once; without it the job is "ready", and options are given to /run. Takes a bearer token, no signature. The same upload sent again with the same idempotency-key is answered with the same job. createUsers also needs the scope users:write.',
    zh: '请求体为文件原文（任意 Content-Type），或 multipart/form-data，包含 file、users（序列号与用户对应表）和 options（JSON）。文件在写入磁盘时即被密封。带 start 时立即运行；否则任务状态为“ready”，选项在 /run 中提供。仅接受 Bearer 令牌，不接受签名。以相同 idempotency-key 重新上传相同内容，将返回同一任务。createUsers 还需要 users:write 权限。',
  },
  scope: 'otp:import',
  headers: ['idempotency-key'],
  input: Type.Object(
    {
      'idempotency-key': Maybe(Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x20-\\x7e]+$' })),
      fileName: Maybe(FileName),
      ...simpleMembers,
      map: Maybe(Type.Array(Type.String({ maxLength: 512 }), { maxItems: 32, description: 'secret=otp' })),
      mapping: Maybe(Type.String({ maxLength: 8192, description: 'JSON' })),
      assume: Maybe(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 8, description: 'type=totp' })),
      ...StartMember,
    },
    { additionalProperties: false },
  ),
  upload: {
    'application/octet-stream': BYTES,
    'multipart/form-data': Type.Object({ file: BYTES, users: Maybe(BYTES), options: Maybe(PartOptions) }),
  },
  output: JobSchema,
  async handle(call, { 'idempotency-key': idempotencyKey, fileName, ...query }) {
    if (call.upload === undefined) throw new FactorportError('internal');
    const given = readQueryOptions(query);
    refuseTooLarge(call);
    const { importJobs } = call.services;
    let upload: Upload | undefined;
    const begin = async (partName?: string): Promise<Upload> => {
      const name = fileName ?? partName?.slice(0, MAXIMUM_FILE_NAME);
      const about = {
        ...(name === undefined ? {} : { fileName: name }),
        ...(idempotencyKey == null ? {} : { idempotencyKey }),
      };
      const begun = upload ?? (await importJobs.beginUpload(call.actor, about));
      upload = begun;
      return begun;
    };
    try {
      const options = { ...given, ...(await takeParts(call.upload, begin)) };
      refuseOptionsWithoutStart(options);
      if (options.createUsers) requireScope(call.key, 'users:write');
      await requireEnabledKey(call);
      const { job, isNew } = await (await begin()).finish();
      call.markAudited();
      const { start, secret, ...rest } = options;
      if (!start || !(isNew || job.state === 'ready')) return toImportJobDto(job, call.language);
      const started = await startRun(call, job.jobId, readJobOptions(rest), secret ?? undefined);
      return toImportJobDto(started, call.language);
    } catch (error) {
      await upload?.abort();
      throw error;
    }
  },
});

type Begin = (fileName?: string) => Promise<Upload>;

type QueryInput = Readonly<Record<string, unknown>> & {
  readonly map?: readonly string[] | null | undefined;
  readonly mapping?: string | null | undefined;
  readonly assume?: readonly string[] | null | undefined;
};

/** @throws `invalid_argument` for a column or an assumption that cannot be read */
function readQueryOptions({ map, mapping, assume, ...simple }: QueryInput): PartOptionsInput {
  const options = {
    ...simple,
    ...(map == null ? {} : { mapping: readMapping(map) }),
    ...(mapping == null ? {} : { mapping: parseBody(Buffer.from(mapping)) }),
    ...(assume == null ? {} : { assume: readAssumption(assume) }),
  };
  validatePartOptions(options);
  return options as PartOptionsInput;
}

/** Streams the file, and the list of users where there is one, into the upload. @returns the options among the parts */
async function takeParts(incoming: IncomingUpload, begin: Begin): Promise<PartOptionsInput> {
  if (!/^multipart\//i.test(incoming.contentType)) {
    await (await begin()).file(incoming.bytes);
    return {};
  }
  let options: PartOptionsInput = {};
  const seen = new Set<string>();
  await readMultipart(incoming.contentType, incoming.bytes, async ({ name, fileName, bytes }) => {
    if (seen.has(name)) throw invalidArgument(name, { en: 'it is given twice', zh: '重复提供' });
    seen.add(name);
    if (name === 'file') await (await begin(fileName)).file(bytes);
    else if (name === 'users') await (await begin()).users(bytes);
    else if (name === 'options') options = await readOptionsPart(bytes);
    else
      throw invalidArgument(name, { en: 'known parts are file, users, options', zh: '可用部分：file、users、options' });
  });
  return options;
}

async function readOptionsPart(bytes: MultipartPart['bytes']): Promise<PartOptionsInput> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bytes as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > MAXIMUM_OPTIONS_BYTES) throw invalidArgument('options', { en: 'it is too long', zh: '内容过长' });
    pieces.push(piece);
  }
  const options = parseBody(Buffer.concat(pieces));
  refuseUnstorable(options);
  validatePartOptions(options);
  return options as PartOptionsInput;
}

/** Options that would be forgotten until the run are refused, instead of seeming to be taken. */
function refuseOptionsWithoutStart({ start, ...options }: PartOptionsInput): void {
  const [first] = Object.entries(options).filter(([, value]) => value != null);
  if (start || first === undefined) return;
  throw invalidArgument(first[0], {
    en: 'without start=true there is no run that takes it; give it to /run',
    zh: '未设置 start=true 时没有运行会使用该选项，请在 /run 中提供',
  });
}

function refuseTooLarge({ services, upload }: Call): void {
  const limitMiB = services.config.uploadMaxMiB;
  // The other parts of a form and its boundaries are no part of the file.
  if ((upload?.announcedBytes ?? 0) <= (limitMiB + 1) * 1024 * 1024) return;
  const setting = 'FACTORPORT_UPLOAD_MAX_MIB';
  throw new FactorportError('upload_too_large', { parameters: { limitMiB, setting } });
}

/** The key may have been taken away while the file was on its way, which can be hours. */
async function requireEnabledKey({ services, key }: Call): Promise<void> {
  const now = await services.accessKeys.find(key.accessKeyId);
  if (!now?.enabled) throw new FactorportError('access_key_disabled');
}
