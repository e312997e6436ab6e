import { decodeProtectedHeader } from 'jose';
import { FactorportError } from '../errors/error.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { AccessKeys } from './access-keys.ts';
import type { CredentialHeaders } from './authenticate.ts';
import { verifyMfaToken } from './mfa-token.ts';
import { type OidcSettings, verifyOidcToken } from './oidc-token.ts';
import { createProviderKeys } from './provider-keys.ts';
import { tokenKeysOf } from './token-key.ts';

/** A user who calls for themselves, by a token that names them. */
export interface UserCaller {
  readonly poolId: string;
  readonly userId: string;
  /** By which what was verified under this very token is found again. */
  readonly tokenId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly kind: 'oidc' | 'mfa-token';
}

/** A token that is in order. Whether its user and its key are still there is looked up when the body has come. */
export interface UserClaim {
  /** @throws `user_token_invalid`, `pool_mismatch` */
  prove(): Promise<UserCaller>;
}

export interface UserAuthenticator {
  /**
   * Reads the token of a user, bare or after `Bearer`.
   *
   * @throws `user_credentials_missing`, `several_authorizations`, `user_token_expired`, `user_token_invalid`,
   *   `identity_provider_unreachable`
   */
  identify(headers: CredentialHeaders): Promise<UserClaim>;
  /** Whose token it is. @throws as `identify` and `prove` do */
  recognise(token: string): Promise<UserCaller>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly accessKeys: AccessKeys;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
  /** The user whom a claim of the provider's tokens names; `undefined` unless it is exactly one. */
  readonly findUser: (poolId: string, name: string, type: 'claim' | 'user_id') => Promise<string | undefined>;
  /** The company's own provider; `undefined`: only tokens made here are taken. */
  readonly oidc: OidcSettings | undefined;
  /** The pool whose users the provider knows. */
  readonly oidcPoolId: string;
}

export function createUserAuthenticator(dependencies: Dependencies): UserAuthenticator {
  const { store, vault, accessKeys, clock, onError, findUser, oidc, oidcPoolId } = dependencies;
  const findTokenKey = tokenKeysOf(vault, 'mfa-token');
  const providerKeys = oidc && createProviderKeys({ issuer: oidc.issuer, clock, onError });

  async function claimByMfaToken(token: string): Promise<UserClaim> {
    const { tokenId, poolId, userId, accessKeyId, expiresAt } = await verifyMfaToken(token, findTokenKey, clock());
    return {
      async prove() {
        const key = await accessKeys.find(accessKeyId);
        if (key === undefined || !key.enabled || key.poolId !== poolId) throw new FactorportError('user_token_invalid');
        if ((await findUser(poolId, userId, 'user_id')) === undefined) throw new FactorportError('user_token_invalid');
        return { poolId, userId, tokenId, expiresAt, kind: 'mfa-token' };
      },
    };
  }

  async function claimByOidcToken(token: string): Promise<UserClaim> {
    if (oidc === undefined || providerKeys === undefined) throw new FactorportError('user_token_invalid');
    const { tokenId, user, expiresAt } = await verifyOidcToken(token, oidc, providerKeys, clock());
    return {
      async prove() {
        const userId = await findUser(oidcPoolId, user, 'claim');
        // The same words as for any other token that is not good: it tells nothing about who is known here.
        if (userId === undefined) throw new FactorportError('user_token_invalid');
        return { poolId: oidcPoolId, userId, tokenId, expiresAt, kind: 'oidc' };
      },
    };
  }

  /** Symmetric algorithms are ours alone, so the header may say which key a token is checked with. */
  const claim = (token: string) => (isOurs(token) ? claimByMfaToken(token) : claimByOidcToken(token));

  return {
    async identify(headers) {
      if (headers.authorization.length > 1) throw new FactorportError('several_authorizations');
      const authorization = headers.authorization[0]?.trim() ?? '';
      const token = authorization.replace(/^bearer\b */i, '');
      if (token === '' || /^authing\b/i.test(authorization)) throw new FactorportError('user_credentials_missing');
      const { prove } = await claim(token);
      return {
        async prove() {
          const caller = await prove();
          const { poolId: named } = headers;
          if (named && named !== caller.poolId && (await store.read.pools.find(named)) !== undefined) {
            throw new FactorportError('pool_mismatch');
          }
          return caller;
        },
      };
    },
    recognise: async (token) => (await claim(token)).prove(),
  };
}

function isOurs(token: string): boolean {
  try {
    return decodeProtectedHeader(token).alg === 'HS256';
  } catch (error) {
    throw new FactorportError('user_token_invalid', { cause: error });
  }
}
