import { errors, jwtVerify, SignJWT } from 'jose';
import { FactorportError } from '../errors/error.ts';
import { type FindTokenKey, keyNamed } from './token-key.ts';

/** Six minutes: long enough to scan a code and type it, too short to be worth keeping. */
export const MFA_TOKEN_LIFETIME_SECONDS = 360;
const ISSUER = 'factorport';
/** Not that of management tokens: with a key of its own beside it, neither kind passes for the other. */
const AUDIENCE = 'factorport-mfa';

/** What a backend lets one user do: the user endpoints, for {@link MFA_TOKEN_LIFETIME_SECONDS}. */
export interface MfaToken {
  readonly tokenId: string;
  readonly poolId: string;
  readonly userId: string;
  /** The key that asked for it; the token ends with it. */
  readonly accessKeyId: string;
}

export interface VerifiedMfaToken extends MfaToken {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Makes a token for a user. `now` and `expiresAt` are milliseconds since 1970. */
export async function signMfaToken(
  token: MfaToken,
  key: { readonly key: Uint8Array; readonly keyId: number },
  now: number,
): Promise<{ token: string; expiresAt: number }> {
  const issuedAt = Math.floor(now / 1000);
  const expiresAt = issuedAt + MFA_TOKEN_LIFETIME_SECONDS;
  const jwt = await new SignJWT({ pool_id: token.poolId, access_key_id: token.accessKeyId })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: String(key.keyId) })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(token.userId)
    .setJti(token.tokenId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(key.key);
  return { token: jwt, expiresAt: expiresAt * 1000 };
}

/** @throws `user_token_expired`, `user_token_invalid` */
export async function verifyMfaToken(
  jwt: string,
  key: Uint8Array | FindTokenKey,
  now: number,
): Promise<VerifiedMfaToken> {
  try {
    const { payload } = await jwtVerify(jwt, ({ kid }) => keyNamed(key, kid), {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'jti', 'exp', 'pool_id', 'access_key_id'],
      currentDate: new Date(now),
    });
    return {
      tokenId: String(payload.jti),
      poolId: String(payload.pool_id),
      userId: String(payload.sub),
      accessKeyId: String(payload.access_key_id),
      expiresAt: Number(payload.exp) * 1000,
    };
  } catch (error) {
    // The key could not be looked up, which says nothing about the token.
    if (error instanceof FactorportError && error.code === 'unavailable') throw error;
    const code = error instanceof errors.JWTExpired ? 'user_token_expired' : 'user_token_invalid';
    throw new FactorportError(code, { cause: error });
  }
}
