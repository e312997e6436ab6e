import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { type FakeAnswer, type FakeRequest, type HttpFake, startHttpFake } from './http-fake.ts';

/** Credentials that the fake knows, as the SDK's chain reads them from the environment. */
export const KMS_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'AKIDFACTORPORTTEST',
  AWS_SECRET_ACCESS_KEY: 'not-a-real-secret-of-anybody',
} as const;

export interface FakeKms extends HttpFake {
  /** The URI of a key of this KMS, in the form of `FACTORPORT_MASTER_KEY_URI`. */
  uri(alias: string): string;
  /** Answers so many of the next calls with an error. */
  failNext(times: number, errorName: string): void;
}

interface Body {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

/**
 * AWS KMS as it speaks: JSON 1.1, `X-Amz-Target`, requests signed by Signature Version 4 (checked), ciphertexts that
 * name their key and open only with the encryption context they were made with.
 */
export async function startFakeKms(aliases: readonly string[]): Promise<FakeKms> {
  const keys = new Map(aliases.map((alias) => [`alias/${alias}`, { id: randomBytes(16), key: randomBytes(32) }]));
  const failing = { times: 0, errorName: '' };

  function answer(request: FakeRequest): FakeAnswer {
    if (!isSigned(request)) return failure('InvalidSignatureException');
    if (failing.times > 0) {
      failing.times--;
      return failure(failing.errorName);
    }
    const body = JSON.parse(request.body.toString()) as Body;
    const target = request.headers['x-amz-target'];
    const key = keys.get(body.KeyId ?? '');
    if (key === undefined) return failure('NotFoundException');
    const context = Buffer.from(JSON.stringify(body.EncryptionContext ?? {}));
    if (target === 'TrentService.Encrypt') {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key.key, nonce).setAAD(context);
      const text = Buffer.concat([cipher.update(body.Plaintext ?? '', 'base64'), cipher.final(), cipher.getAuthTag()]);
      return success({ CiphertextBlob: Buffer.concat([key.id, nonce, text]).toString('base64'), KeyId: body.KeyId });
    }
    if (target !== 'TrentService.Decrypt') return failure('UnknownOperationException');
    const blob = Buffer.from(body.CiphertextBlob ?? '', 'base64');
    const owner = [...keys.values()].find(({ id }) => id.equals(blob.subarray(0, 16)));
    if (owner === undefined || blob.length < 44) return failure('InvalidCiphertextException');
    if (owner !== key) return failure('IncorrectKeyException');
    try {
      const cipher = createDecipheriv('aes-256-gcm', key.key, blob.subarray(16, 28)).setAAD(context);
      cipher.setAuthTag(blob.subarray(-16));
      const plaintext = Buffer.concat([cipher.update(blob.subarray(28, -16)), cipher.final()]);
      return success({ Plaintext: plaintext.toString('base64'), KeyId: body.KeyId });
    } catch {
      return failure('InvalidCiphertextException');
    }
  }

  const fake = await startHttpFake('application/x-amz-json-1.1', answer);
  return {
    ...fake,
    uri: (alias) => `awskms://${fake.address}/alias/${alias}?region=eu-west-1`,
    failNext: (times, errorName) => Object.assign(failing, { times, errorName }),
  };
}

function success(body: unknown): FakeAnswer {
  return { status: 200, body };
}

function failure(errorName: string): FakeAnswer {
  return {
    status: errorName === 'InternalFailure' ? 500 : 400,
    body: { __type: errorName, message: 'as the test asked' },
  };
}

/** AWS General Reference, "Signature Version 4": whether the request was signed with the key that the fake knows. */
function isSigned({ method, path, headers, body }: FakeRequest): boolean {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/kms\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/;
  const matched = pattern.exec(headers.authorization ?? '');
  if (matched === null || !headers['content-type']?.startsWith('application/x-amz-json-1.1')) return false;
  const [, accessKeyId = '', day = '', region = '', names = '', signature = ''] = matched;
  if (accessKeyId !== KMS_ENVIRONMENT.AWS_ACCESS_KEY_ID) return false;
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = [method, path, '', lines.join(''), names, sha256(body)].join('\n');
  const scope = `${day}/${region}/kms/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(Buffer.from(canonical))].join('\n');
  const secret = Buffer.from(`AWS4${KMS_ENVIRONMENT.AWS_SECRET_ACCESS_KEY}`);
  const key = [day, region, 'kms', 'aws4_request'].reduce<Buffer>((previous, part) => hmac(previous, part), secret);
  return hmac(key, toSign).toString('hex') === signature;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
