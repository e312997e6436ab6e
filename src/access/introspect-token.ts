import { FactorportError } from '../errors/error.ts';
import type { Store } from '../store/store.ts';
import type { UserAuthenticator, UserCaller } from './user-authenticator.ts';

/** What a backend is told of a user's token. Times are milliseconds since 1970. */
export type Introspection =
  | { readonly active: false }
  | {
      readonly active: true;
      readonly userId: string;
      readonly expiresAt: number;
      /** When the user's factor was verified under this token; `undefined` if it was not, or is no longer theirs. */
      readonly verified?: { readonly at: number; readonly factorId: string } | undefined;
    };

export interface TokenIntrospector {
  /**
   * Tells whether a token is good. One that is not, for whatever reason, is only told to be inactive (RFC 7662 §2.2).
   *
   * @param poolId whose tokens the asker may know of
   * @throws `identity_provider_unreachable`
   */
  introspect(poolId: string, token: string): Promise<Introspection>;
}

interface Dependencies {
  readonly store: Store;
  readonly userAuthenticator: UserAuthenticator;
}

export function createTokenIntrospector({ store, userAuthenticator }: Dependencies): TokenIntrospector {
  return {
    async introspect(poolId, token) {
      const caller = await recognise(userAuthenticator, token);
      if (caller?.poolId !== poolId) return { active: false };
      const { userId, tokenId, expiresAt } = caller;
      const [verified, factor] = await Promise.all([
        store.read.verifiedTokens.find(poolId, userId, tokenId),
        store.read.factors.find(poolId, userId),
      ]);
      if (verified === undefined || verified.factor_id !== factor?.factor_id)
        return { active: true, userId, expiresAt };
      const { verified_at: at, factor_id: factorId } = verified;
      return { active: true, userId, expiresAt, verified: { at, factorId } };
    },
  };
}

async function recognise(userAuthenticator: UserAuthenticator, token: string): Promise<UserCaller | undefined> {
  try {
    return await userAuthenticator.recognise(token);
  } catch (error) {
    if (error instanceof FactorportError && error.definition.statusCode === 401) return undefined;
    throw error;
  }
}
