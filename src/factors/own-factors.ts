import type { Actor } from '../audit/audit-log.ts';
import { FactorportError } from '../errors/error.ts';
import type { OtpParameters } from '../otp/parameters.ts';
import type { FactorTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { FactorAdministration } from './administration.ts';
import { parametersOf } from './open-factor-seed.ts';
import type { TokenUse } from './verified-tokens.ts';

/** What users are told of their own factor. */
export interface OwnFactor {
  readonly factorId: string;
  readonly parameters: OtpParameters;
  /** When it was imported or enrolled, in milliseconds since 1970. */
  readonly createdAt: number;
}

/** What users do with the factors they have. Nobody names another user here: the user is the caller. */
export interface OwnFactors {
  list(poolId: string, userId: string): Promise<OwnFactor[]>;
  /** @throws `own_factor_not_found`, in the same words for one that nobody has and for one that somebody else has */
  get(poolId: string, userId: string, factorId: string): Promise<OwnFactor>;
  /**
   * Removes a factor with its recovery codes. Whoever holds only the token of a first factor must not be able to take the
   * second one away, so it must have been verified with this very token.
   *
   * @throws `own_factor_not_found`, `factor_not_verified` (1635)
   */
  reset(actor: Actor, token: TokenUse, factorId: string): Promise<void>;
}

interface Dependencies {
  readonly store: Store;
  readonly administration: FactorAdministration;
}

export function createOwnFactors({ store, administration }: Dependencies): OwnFactors {
  async function find(poolId: string, userId: string, factorId: string): Promise<FactorTable> {
    const factor = await store.read.factors.find(poolId, userId);
    if (factor?.factor_id !== factorId) throw new FactorportError('own_factor_not_found');
    return factor;
  }

  return {
    async list(poolId, userId) {
      const factor = await store.read.factors.find(poolId, userId);
      return factor === undefined ? [] : [toOwnFactor(factor)];
    },
    get: async (poolId, userId, factorId) => toOwnFactor(await find(poolId, userId, factorId)),
    async reset(actor, { poolId, userId, tokenId }, factorId) {
      await find(poolId, userId, factorId);
      const verified = await store.read.verifiedTokens.find(poolId, userId, tokenId);
      if (verified?.factor_id !== factorId) throw new FactorportError('factor_not_verified');
      await administration.reset(actor, userId, factorId).catch((error: unknown) => {
        // Another request was faster, or an import has put another factor in its place.
        const isGone = error instanceof FactorportError && error.code === 'factor_not_found';
        throw isGone ? new FactorportError('own_factor_not_found', { cause: error }) : error;
      });
    },
  };
}

function toOwnFactor(factor: FactorTable): OwnFactor {
  return { factorId: factor.factor_id, parameters: parametersOf(factor), createdAt: factor.created_at };
}
