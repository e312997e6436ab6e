import { errors, jwtVerify, SignJWT } from 'jose';
import { FactorportError } from '../errors/error.ts';

/** Two hours, as the document of `get-management-token` says. */
export const TOKEN_LIFETIME_SECONDS = 7200;
const ISSUER = 'factorport';
const AUDIENCE = 'factorport-management';

export interface ManagementToken {
  readonly accessKeyId: string;
  readonly poolId: string;
}

/**
 * Makes a management token: a JWT with the claim `scoped_userpool_id`, without which one SDK stops.
 *
 * Another SDK decodes the payload as standard base64. It never holds `-` or `_`: those stand for six one-bits, which
 * ASCII text without `>`, `?`, `~` cannot give.
 */
export async function signManagementToken(
  token: ManagementToken,
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

/** Finds the key with the id that a token names; it may name none. */
export type FindTokenKey = (keyId: number | undefined) => Promise<Uint8Array | undefined>;

/** @throws `token_expired`, `token_invalid` */
export async function verifyManagementToken(
  jwt: string,
  key: Uint8Array | FindTokenKey,
  now: number,
): Promise<ManagementToken> {
  try {
    const { payload } = await jwtVerify(jwt, ({ kid }) => keyOf(key, kid), {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'exp', 'scoped_userpool_id'],
      currentDate: new Date(now),
    });
    return { accessKeyId: String(payload.sub), poolId: String(payload.scoped_userpool_id) };
  } catch (error) {
    if (error instanceof FactorportError) throw error;
    throw new FactorportError(error instanceof errors.JWTExpired ? 'token_expired' : 'token_invalid', { cause: error });
  }
}

async function keyOf(key: Uint8Array | FindTokenKey, name: string | undefined): Promise<Uint8Array> {
  if (typeof key !== 'function') return key;
  if (name !== undefined && !/^[1-9]\d{0,9}$/.test(name)) throw new FactorportError('token_invalid');
  const found = await key(name === undefined ? undefined : Number(name));
  if (found === undefined) throw new FactorportError('token_invalid');
  return found;
}
