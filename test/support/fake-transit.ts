import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type FakeAnswer, type FakeRequest, type HttpFake, startHttpFake } from './http-fake.ts';

export const TRANSIT_TOKEN = 'hvs.not-a-real-token-of-anybody';

export interface FakeTransit extends HttpFake {
  /** Settings by which the service reaches it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Answers so many of the next calls with a status: 403 as for a token without rights, 503 as while sealed. */
  failNext(times: number, status: number): void;
}

const MESSAGES: Readonly<Record<number, string>> = {
  403: 'permission denied',
  429: 'rate limited',
  503: 'Vault is sealed',
};

/** The Transit engine of HashiCorp Vault as it speaks, with keys of the type aes256-gcm96. */
export async function startFakeTransit(keyNames: readonly string[], mount = 'transit'): Promise<FakeTransit> {
  const keys = new Map(keyNames.map((name) => [name, randomBytes(32)]));
  const failing = { times: 0, status: 0 };

  function answer({ method, path, headers, body }: FakeRequest): FakeAnswer {
    if (failing.times > 0) {
      failing.times--;
      return failure(failing.status, MESSAGES[failing.status] ?? '');
    }
    if (headers['x-vault-token'] !== TRANSIT_TOKEN) return failure(403, 'permission denied');
    const [, operation, name = ''] = new RegExp(`^/v1/${mount}/(encrypt|decrypt)/(.+)$`).exec(path) ?? [];
    if (method !== 'POST' || operation === undefined) return failure(404, 'no handler for route');
    const key = keys.get(name);
    if (key === undefined) return failure(operation === 'decrypt' ? 400 : 403, 'encryption key not found');
    const { plaintext, ciphertext, associated_data = '' } = JSON.parse(body.toString()) as Record<string, string>;
    if (operation === 'encrypt') return { status: 200, body: { data: encrypt(key, plaintext ?? '', associated_data) } };
    return decrypt(key, ciphertext ?? '', associated_data);
  }

  const fake = await startHttpFake('application/json', answer);
  return {
    ...fake,
    environment: { VAULT_ADDR: `http://${fake.address}`, VAULT_TOKEN: TRANSIT_TOKEN },
    failNext: (times, status) => Object.assign(failing, { times, status }),
  };
}

function encrypt(key: Uint8Array, plaintext: string, associatedData: string) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(associatedData, 'base64'));
  const bytes = Buffer.concat([nonce, cipher.update(plaintext, 'base64'), cipher.final(), cipher.getAuthTag()]);
  return { ciphertext: `vault:v1:${bytes.toString('base64')}`, key_version: 1 };
}

function decrypt(key: Uint8Array, ciphertext: string, associatedData: string): FakeAnswer {
  const bytes = Buffer.from(/^vault:v1:(.+)$/.exec(ciphertext)?.[1] ?? '', 'base64');
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
    cipher.setAAD(Buffer.from(associatedData, 'base64')).setAuthTag(bytes.subarray(-16));
    const plaintext = Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]).toString('base64');
    return { status: 200, body: { data: { plaintext } } };
  } catch {
    return failure(400, 'cipher: message authentication failed');
  }
}

function failure(status: number, message: string): FakeAnswer {
  return { status, body: { errors: [message] } };
}
