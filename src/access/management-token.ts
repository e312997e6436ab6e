import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose';
import { FactorportError } from '../errors/error.ts';
import { type FindTokenKey, keyNamed } from './token-key.ts';

/** Two hours, as the document of `get-management-token` says. */
export const TOKEN_LIFETIME_SECONDS = 7200;
const ISSUER = 'factorport';
const AUDIENCE = 'factorport-management';

export interface TokenHolder {
  readonly accessKeyId: string;
  readonly poolId: string;
}

export interface ManagementToken extends TokenHolder {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Makes a management token: a JWT with the claim `scoped_userpool_id`, without which one SDK stops.
 *
 * Another SDK decodes the payload as standard base64. It never holds `-` or `_`: those stand for six one-bits, which
 * ASCII text without `>`, `?`, `~` cannot give.
 */
export async function signManagementToken(
  token: TokenHolder,
  key: Uint8Array,
  now: number,
  keyId?: number,
): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  return new SignJWT({ scoped_userpool_id: token.poolId, typ: 'bearer' })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: String(keyId) }) })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(token.accessKeyId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + TOKEN_LIFETIME_SECONDS)
    .sign(key);
}

/** @throws `token_expired`, `token_invalid` */
export async function verifyManagementToken(
  jwt: string,
  key: Uint8Array | FindTokenKey,
  now: number,
): Promise<ManagementToken> {
  try {
    const { payload } = await jwtVerify(jwt, ({ kid }) => keyNamed(key, kid), {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp', 'scoped_userpool_id'],
      currentDate: new Date(now),
    });
    return {
      accessKeyId: String(payload.sub),
      poolId: String(payload.scoped_userpool_id),
      expiresAt: Number(payload.exp) * 1000,
    };
  } catch (error) {
    if (error instanceof FactorportError) throw error;
    throw new FactorportError(error instanceof errors.JWTExpired ? 'token_expired' : 'token_invalid', { cause: error });
  }
}

/** Whom a token names, whoever signed it; `undefined` where it is no token. */
export function subjectOf(jwt: string): string | undefined {
  try {
    const { sub } = decodeJwt<{ sub: unknown }>(jwt);
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}
