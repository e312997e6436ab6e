import { setTimeout } from 'node:timers/promises';
import type { MasterKey } from '../master-key.ts';
import { CALL_TIMEOUT_MS, loadClient, refused, unreachable } from './remote.ts';

/** Where a key of the Transit engine of HashiCorp Vault is, and by which token it is reached. */
export interface TransitLocation {
  readonly keyName: string;
  /** Path of the engine, `transit` unless it was mounted elsewhere. */
  readonly mount: string;
  readonly address: string;
  readonly token: string;
  readonly namespace: string | undefined;
}

const ATTEMPTS = 3;
const ATTEMPT_TIMEOUT_MS = Math.floor(CALL_TIMEOUT_MS / ATTEMPTS);
const FIRST_PAUSE_MS = 100;
/** Every ciphertext of Transit begins so; what does not was wrapped by something else. */
const CIPHERTEXT_PREFIX = 'vault:v';

/**
 * A master key in HashiCorp Vault's Transit engine, of a type that takes associated data (aes256-gcm96, which is the
 * default, or chacha20-poly1305).
 *
 * @param source the key's URI
 * @throws `master_key_client_missing`
 */
export async function transitMasterKey(location: TransitLocation, source: string): Promise<MasterKey> {
  const { default: createClient } = await loadClient('node-vault', () => import('node-vault'));
  const client = createClient({
    endpoint: location.address,
    token: location.token,
    ...(location.namespace === undefined ? {} : { namespace: location.namespace }),
    requestOptions: { timeout: ATTEMPT_TIMEOUT_MS },
    // The client would print what it sends, ring keys among it, wherever DEBUG is set.
    debug: () => undefined,
  });

  async function call(operation: 'encrypt' | 'decrypt', body: Readonly<Record<string, string>>) {
    const path = `${location.mount}/${operation}/${encodeURIComponent(location.keyName)}`;
    for (let attempt = 1; ; attempt++) {
      try {
        return (await client.write(path, body)) as { data: Record<string, string | undefined> };
      } catch (error) {
        const status = statusOf(error);
        const isPassing = status === undefined || status === 429 || status >= 500;
        if (!isPassing || attempt === ATTEMPTS) throw new CallFailure(status, error);
        await setTimeout(FIRST_PAUSE_MS * 2 ** attempt);
      }
    }
  }

  return {
    source,
    async wrap(key, associatedData) {
      const answer = await call('encrypt', { plaintext: base64(key), associated_data: base64(associatedData) }).catch(
        (error: unknown) => {
          throw told(error, source);
        },
      );
      const { ciphertext } = answer.data;
      if (ciphertext === undefined) throw unreachable(source, 'ciphertext');
      return Buffer.from(ciphertext);
    },
    async unwrap(wrapped, associatedData) {
      const ciphertext = Buffer.from(wrapped).toString();
      if (!ciphertext.startsWith(CIPHERTEXT_PREFIX)) return undefined;
      try {
        const { data } = await call('decrypt', { ciphertext, associated_data: base64(associatedData) });
        return data.plaintext === undefined ? undefined : Buffer.from(data.plaintext, 'base64');
      } catch (error) {
        // 400: "cipher: message authentication failed", or a version of the key that it never had.
        if (error instanceof CallFailure && error.status === 400) return undefined;
        throw told(error, source);
      }
    },
  };
}

/** What is kept of a failed call: the client's own error carries the request, and so the ring key. */
class CallFailure extends Error {
  readonly status: number | undefined;
  readonly reason: string;
  constructor(status: number | undefined, error: unknown) {
    super('call failed');
    this.status = status;
    const { code, name } = error as { code?: string; name?: string };
    this.reason = status === undefined ? (code ?? name ?? '') : `HTTP ${status}`;
  }
}

function told(error: unknown, source: string) {
  if (!(error instanceof CallFailure)) return unreachable(source, (error as Error).name);
  const { status, reason } = error;
  const isRefusal = status !== undefined && status >= 400 && status < 500 && status !== 429;
  return isRefusal ? refused(source, reason) : unreachable(source, reason);
}

function statusOf(error: unknown): number | undefined {
  return (error as { response?: { statusCode?: number } }).response?.statusCode;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
