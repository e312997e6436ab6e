import { FactorportError } from '../errors/error.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { AccessKey, AccessKeys } from './access-keys.ts';
import { subjectOf } from './management-token.ts';
import { readRequestTime } from './request-time.ts';
import { canonicalValue, type SignedRequest, verifySignature } from './signature.ts';
import { createTokenCache } from './token-cache.ts';
import { tokenKeysOf } from './token-key.ts';

/** The headers that say who is calling; names in lower case. */
export interface CredentialHeaders {
  readonly authorization: readonly string[];
  readonly date: string | undefined;
  readonly signatureMethod: string | undefined;
  readonly signatureVersion: string | undefined;
  readonly signatureNonce: string | undefined;
  readonly poolId: string | undefined;
}

/** A caller whose headers are in order. For a signed request the proof is still to come, because it covers the body. */
export interface Claim {
  /** @throws `signature_wrong` (1300), `signature_reused` (1306), `access_key_disabled`, `pool_mismatch` */
  prove(request: SignedRequest): Promise<AccessKey>;
}

export interface Authenticator {
  /**
   * Reads the three forms in which clients say who they are: a signature, `Bearer` and a token, a token alone.
   *
   * Everything that can be refused before the body is read is refused here.
   *
   * @throws `credentials_missing`, `several_authorizations`, `token_*`, `signature_*` 1301 to 1305
   */
  identify(headers: CredentialHeaders): Promise<Claim>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly accessKeys: AccessKeys;
  readonly clock: () => number;
  readonly skewMs: number;
}

const MAXIMUM_NONCE_LENGTH = 128;
/** No longer than a request is under way anyway. */
const KEY_FRESH_MS = 20;
const SIGNATURE_SCHEME = /^authing +([^:\s]+):([A-Za-z0-9+/=]+)$/i;

export function createAuthenticator(dependencies: Dependencies): Authenticator {
  const { store, vault, accessKeys, clock } = dependencies;

  const verifyToken = createTokenCache(tokenKeysOf(vault, 'management-token'), clock);

  async function admit(key: AccessKey | undefined, namedPoolId: string | undefined): Promise<AccessKey> {
    if (key === undefined) throw new FactorportError('credentials_missing');
    if (!key.enabled) throw new FactorportError('access_key_disabled');
    // SDKs send this header wrong in several ways; only one that names another pool that exists is a mistake to report.
    if (namedPoolId && namedPoolId !== key.poolId && (await store.read.pools.find(namedPoolId)) !== undefined) {
      throw new FactorportError('pool_mismatch');
    }
    accessKeys.recordUse(key);
    return key;
  }

  async function claimBySignature(headers: CredentialHeaders, accessKeyId: string, signature: string): Promise<Claim> {
    const { signatureMethod, signatureVersion } = headers;
    if (signatureMethod && signatureMethod.toUpperCase() !== 'HMAC-SHA1') throw new FactorportError('signature_method');
    if (signatureVersion && signatureVersion !== '1.0') throw new FactorportError('signature_version');
    const time = readRequestTime(headers.date, clock(), dependencies.skewMs);
    // Without a nonce the signature itself is remembered: the same request twice has the same one.
    const nonce = canonicalValue(headers.signatureNonce ?? '') || signature;
    if (nonce.length > MAXIMUM_NONCE_LENGTH) throw new FactorportError('signature_wrong');
    const found = await accessKeys.unlock(accessKeyId);
    if (found === undefined) throw new FactorportError('signature_wrong');
    return {
      async prove(request) {
        if (!verifySignature(request, found.secret, signature)) throw new FactorportError('signature_wrong');
        // Remembered for twice the window, so that clocks of several servers may differ by as much as a client's.
        const remembered = { access_key_id: accessKeyId, nonce, expires_at: time + 2 * dependencies.skewMs };
        const isNew = await store.transaction((queries) => queries.nonces.remember(remembered));
        if (!isNew) throw new FactorportError('signature_reused');
        return admit(await accessKeys.find(accessKeyId), headers.poolId);
      },
    };
  }

  async function claimByToken(headers: CredentialHeaders, token: string): Promise<Claim> {
    const { accessKeyId, poolId } = await verifyToken(token);
    const key = await accessKeys.find(accessKeyId);
    if (key === undefined || key.poolId !== poolId) throw new FactorportError('token_invalid');
    if (!key.enabled) throw new FactorportError('access_key_disabled');
    const readAt = performance.now();
    return {
      async prove() {
        // Read again where the body was long on its way: the key may have been taken away meanwhile.
        const isFresh = performance.now() - readAt < KEY_FRESH_MS;
        return admit(isFresh ? key : await accessKeys.find(accessKeyId), headers.poolId);
      },
    };
  }

  return {
    async identify(headers) {
      if (headers.authorization.length > 1) throw new FactorportError('several_authorizations');
      const authorization = headers.authorization[0]?.trim() ?? '';
      const signed = SIGNATURE_SCHEME.exec(authorization);
      if (signed !== null) return claimBySignature(headers, signed[1] as string, signed[2] as string);
      if (/^authing\b/i.test(authorization)) throw new FactorportError('signature_wrong');
      const token = tokenOf(authorization);
      if (token === '') throw new FactorportError('credentials_missing');
      return claimByToken(headers, token);
    },
  };
}

/**
 * The access key that a request names, without any proof: only for deciding whether to look at the proof.
 *
 * @returns `undefined` where the headers name none that could be read
 */
export function namedAccessKey({ authorization }: CredentialHeaders): string | undefined {
  const header = authorization[0]?.trim() ?? '';
  return SIGNATURE_SCHEME.exec(header)?.[1] ?? subjectOf(tokenOf(header));
}

function tokenOf(authorization: string): string {
  return authorization.replace(/^bearer\b */i, '');
}
