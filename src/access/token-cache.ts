import { type ManagementToken, verifyManagementToken } from './management-token.ts';
import type { FindTokenKey } from './token-key.ts';

/** So many tokens are remembered; a login service has one. */
const MAXIMUM_TOKENS = 1_000;

/**
 * Verifies management tokens, each signature once: checking it again takes longer than the rest of a request. Whether
 * the access key is still good is not remembered.
 *
 * @returns a function that throws `token_expired`, `token_invalid`
 */
export function createTokenCache(findKey: FindTokenKey, clock: () => number) {
  const verified = new Map<string, ManagementToken>();

  return async function verify(jwt: string): Promise<ManagementToken> {
    const known = verified.get(jwt);
    if (known !== undefined && clock() < known.expiresAt) return known;
    verified.delete(jwt);
    const token = await verifyManagementToken(jwt, findKey, clock());
    if (verified.size >= MAXIMUM_TOKENS) verified.delete(verified.keys().next().value as string);
    verified.set(jwt, token);
    return token;
  };
}
