import type { Store } from '../store/store.ts';

/** Under which of the user's tokens something happens. */
export interface TokenUse {
  readonly poolId: string;
  readonly userId: string;
  readonly tokenId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface VerifiedTokens {
  /** Remembers, until the token expires, that its bearer has verified a factor. */
  remember(token: TokenUse, factorId: string): Promise<void>;
}

/** Tokens are taken a little longer than they say, and clocks of several servers differ. */
const KEPT_AFTER_EXPIRY_MS = 10 * 60_000;

export function createVerifiedTokens({ store, clock }: { store: Store; clock: () => number }): VerifiedTokens {
  return {
    async remember({ poolId, userId, tokenId, expiresAt }, factorId) {
      const row = {
        pool_id: poolId,
        user_id: userId,
        token_id: tokenId,
        factor_id: factorId,
        verified_at: clock(),
        expires_at: expiresAt + KEPT_AFTER_EXPIRY_MS,
      };
      await store.transaction((queries) => queries.verifiedTokens.remember(row));
    },
  };
}
